package io.lorikeet.engine.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfinedPathTest {
  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b", "/a", "../a", "a\\b", "..\\a", "a\0b", "a/"})
  void nameThatIsNotPlainIsForbidden(String name) {
    assertRefused(ErrorCode.MODEL_PATH_FORBIDDEN, temp, name);
  }

  @Test
  void nameThatNoFileCanHaveIsForbidden() {
    LorikeetException refused =
        assertThrows(
            LorikeetException.class,
            () -> ConfinedPath.resolve(Path.of("."), "\ud800", FileFamily.MODEL));
    assertEquals(ErrorCode.MODEL_PATH_FORBIDDEN, refused.code());
  }

  @Test
  void plainNameIsInTheFolderWhetherItExistsOrNot() throws IOException {
    Files.writeString(temp.resolve("a"), "");
    assertEquals(temp.resolve("a"), ConfinedPath.resolve(temp, "a", FileFamily.MODEL));
    assertEquals(temp.resolve("..."), ConfinedPath.resolve(temp, "...", FileFamily.MODEL));
  }

  @Test
  void linkStaysInItsFolder() throws IOException {
    Path folder = Files.createDirectories(temp.resolve("m"));
    Files.writeString(folder.resolve("target"), "");
    Files.writeString(temp.resolve("outside"), "");
    Path sibling = Files.createDirectories(temp.resolve("m2"));
    Files.writeString(sibling.resolve("target"), "");
    link(folder, "inside", Path.of("target"));
    link(folder, "out", Path.of("../outside"));
    link(folder, "absolute", temp.resolve("outside"));
    link(folder, "sibling", Path.of("../m2/target"));
    link(folder, "chain", Path.of("out"));
    link(folder, "nowhere", Path.of("missing"));
    link(folder, "loop", Path.of("loop"));

    assertEquals(
        folder.resolve("inside"), ConfinedPath.resolve(folder, "inside", FileFamily.MODEL));
    for (String name : new String[] {"out", "absolute", "sibling", "chain"}) {
      assertRefused(ErrorCode.MODEL_PATH_FORBIDDEN, folder, name);
    }
    assertRefused(ErrorCode.MODEL_WEIGHTS_MISSING, folder, "nowhere");
    assertRefused(ErrorCode.MODEL_WEIGHTS_MISSING, folder, "loop");
  }

  @Test
  void linkOfACacheStaysInItsRepository() throws IOException {
    Path snapshot = Files.createDirectories(temp.resolve("models--a/snapshots/1"));
    Path blobs = Files.createDirectories(temp.resolve("models--a/blobs"));
    Path other = Files.createDirectories(temp.resolve("models--b/blobs"));
    Files.writeString(blobs.resolve("x"), "");
    Files.writeString(other.resolve("x"), "");
    link(snapshot, "own", Path.of("../../blobs/x"));
    link(snapshot, "foreign", Path.of("../../../models--b/blobs/x"));

    assertEquals(snapshot.resolve("own"), ConfinedPath.resolve(snapshot, "own", FileFamily.MODEL));
    assertRefused(ErrorCode.MODEL_PATH_FORBIDDEN, snapshot, "foreign");
  }

  @Test
  void snapshotsWithoutBlobsAreOrdinaryFolders() throws IOException {
    Path folder = Files.createDirectories(temp.resolve("snapshots/1"));
    Files.writeString(temp.resolve("x"), "");
    link(folder, "up", Path.of("../../x"));
    assertRefused(ErrorCode.MODEL_PATH_FORBIDDEN, folder, "up");
  }

  @Test
  void folderMayItselfBeReachedThroughALink() throws IOException {
    Path folder = Files.createDirectories(temp.resolve("m"));
    Files.writeString(folder.resolve("target"), "");
    link(folder, "inside", Path.of("target"));
    link(temp, "alias", Path.of("m"));
    Path alias = temp.resolve("alias");
    assertEquals(alias.resolve("inside"), ConfinedPath.resolve(alias, "inside", FileFamily.MODEL));
  }

  private static void link(Path folder, String name, Path target) throws IOException {
    Files.createSymbolicLink(folder.resolve(name), target);
  }

  private static void assertRefused(ErrorCode code, Path folder, String name) {
    LorikeetException refusal =
        assertThrows(
            LorikeetException.class, () -> ConfinedPath.resolve(folder, name, FileFamily.MODEL));
    assertEquals(code, refusal.code(), name);
  }
}
