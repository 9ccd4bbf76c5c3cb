package io.lorikeet.kernels.foreign;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The compiled C kernels, which travel as a resource. */
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
    String platform = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
    if (!platform.equals("Linux on amd64")) {
      return new Absent("there are no C kernels for " + platform);
    }
    try (InputStream in = NativeLibrary.class.getResourceAsStream("/native/liblorikeet.so")) {
      return in == null ? new Absent("this build had no C compiler") : new Loaded(mapped(in));
    } catch (IOException | IllegalArgumentException e) {
      return new Absent("the C kernels can't be loaded: " + e.getMessage());
    }
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
