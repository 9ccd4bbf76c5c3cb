package io.lorikeet.gpu.driver;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import jcuda.driver.JCudaDriver;

/** Loads the driver of this machine and JCuda's library, which calls it. */
@SuppressWarnings("restricted") // foreign functions
final class CudaLibrary {
  static final String DRIVER = "libcuda.so.1";
  private static final String FOLDER = "java.io.tmpdir";

  private static boolean loaded;

  private CudaLibrary() {}

  /**
   * Loads both.
   *
   * @param driver file name of the driver's library
   * @return why not; empty where they are there
   */
  static synchronized String load(String driver) {
    try {
      SymbolLookup.libraryLookup(driver, Arena.global());
    } catch (IllegalArgumentException e) {
      return "no NVIDIA driver is installed: " + driver + " is missing";
    }
    if (loaded) {
      return "";
    }
    try {
      loadJCuda();
    } catch (UnsatisfiedLinkError | IOException e) {
      String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      return "JCuda's library can't be loaded: " + first;
    }
    loaded = true;
    return "";
  }

  /** The driver's functions; it must be loaded. */
  static SymbolLookup functions() {
    return SymbolLookup.libraryLookup(DRIVER, Arena.global());
  }

  // JCuda unpacks its library into the folder for temporary files under a fixed name, and trusts
  // whatever lies there: it gets a folder that nobody else can write to.
  private static void loadJCuda() throws IOException {
    Path own = Files.createTempDirectory("lorikeet-jcuda");
    String shared = System.getProperty(FOLDER);
    System.setProperty(FOLDER, own.toString());
    try {
      JCudaDriver.setExceptionsEnabled(true);
    } finally {
      System.setProperty(FOLDER, shared);
      delete(own);
    }
  }

  // A loaded library needs no name in the file system any more.
  private static void delete(Path folder) throws IOException {
    try (var files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
