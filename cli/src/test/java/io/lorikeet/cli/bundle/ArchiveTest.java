package io.lorikeet.cli.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives hold what tar takes out again. */
class ArchiveTest {
  @TempDir Path folder;

  @Test
  void tarTakesOutFilesLinksAndPermissions() throws Exception {
    Path from = Files.createDirectories(folder.resolve("from/tree"));
    Path deep = from.resolve("d".repeat(60) + "/" + "e".repeat(60));
    Files.createDirectories(deep);
    Files.createDirectory(from.resolve("empty"));
    Files.write(deep.resolve("block"), new byte[512]);
    Files.writeString(deep.resolve("text"), "grüße");
    Path program = Files.writeString(from.resolve("program"), "#!/bin/sh\necho ran\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createSymbolicLink(from.resolve("link"), Path.of("program"));

    Archive.write(from, folder.resolve("a.tar.gz"));
    Archive.write(from, folder.resolve("b.tar.gz"));
    String said = run(Files.createDirectory(folder.resolve("to")), "tar", "xzf", "../a.tar.gz");

    Path to = folder.resolve("to/tree");
    assertEquals("", said);
    assertEquals("", run(folder, "diff", "-r", from.toString(), to.toString()));
    assertEquals("ran\n", run(to, "./program"));
    assertFalse(Files.isExecutable(to.resolve(from.relativize(deep.resolve("text")))));
    assertEquals(Path.of("program"), Files.readSymbolicLink(to.resolve("link")));
    assertTrue(Files.isDirectory(to.resolve("empty")));
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("a.tar.gz")),
        Files.readAllBytes(folder.resolve("b.tar.gz")));
  }

  private static String run(Path in, String... command) throws Exception {
    Process process =
        new ProcessBuilder(command).directory(in.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said;
  }
}
