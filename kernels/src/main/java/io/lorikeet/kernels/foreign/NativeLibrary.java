package io.lorikeet.kernels.foreign;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The compiled C kernels, which travel as a resource, one library a platform. */
sealed interface NativeLibrary {
  /** Loaded once, for as long as the process lives. */
  NativeLibrary ONLY = load();

  record Loaded(SymbolLookup symbols) implements NativeLibrary {}

  /**
   * There is none.
   *
   * @param reason in words for an operator
   */
  record Absent(String reason) implements NativeLibrary {}

  private static NativeLibrary load() {
    String os = System.getProperty("os.name");
    String architecture = System.getProperty("os.arch");
    String name = resource(os, architecture);
    if (name.isEmpty()) {
      return new Absent("there are no C kernels for " + os + " on " + architecture);
    }
    try (InputStream in = NativeLibrary.class.getResourceAsStream(name)) {
      return in == null
          ? new Absent("this build had no C compiler for " + os + " on " + architecture)
          : new Loaded(mapped(in));
    } catch (IOException | IllegalArgumentException e) {
      return new Absent("the C kernels can't be loaded: " + e.getMessage());
    }
  }

  /** Where a platform's library lies, if there can be one; empty if not. */
  static String resource(String os, String architecture) {
    return switch (os + " on " + architecture) {
      case "Linux on amd64" -> "/native/linux-x86_64/liblorikeet.so";
      case "Linux on aarch64" -> "/native/linux-aarch64/liblorikeet.so";
      default -> "";
    };
  }

  // The file may go once it is mapped.
  @SuppressWarnings("restricted") // calling C is what this package is for
  private static SymbolLookup mapped(InputStream in) throws IOException {
    Path file = Files.createTempFile("lorikeet", ".so");
    try {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
      return SymbolLookup.libraryLookup(file, Arena.global());
    } finally {
      Files.delete(file);
    }
  }
}
