package io.lorikeet.gpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/**
 * The emulated {@code libcuda.so.1} of kernels' tests, under JCuda as it is. It is opened by its
 * path before JCuda asks for the name, so the loader gives JCuda this one, GPU or not.
 */
@SuppressWarnings("restricted") // foreign functions
public final class FakeDriver {
  private static final Path KERNELS = Path.of(System.getProperty("lorikeet.root"), "kernels");
  private static final Path BUILT = KERNELS.resolve("target/emulator");
  private static final int NO_COMPILER = 3;

  private static @Nullable FakeDriver opened;

  private final SymbolLookup library;

  /** Memory that contexts hold, and what ran since the last {@link #configure}. */
  public record Counts(
      long deviceBytes, long pinnedBytes, long launches, long copies, long graphs) {}

  private FakeDriver(SymbolLookup library) {
    this.library = library;
  }

  /** The driver of this process; where it can't be, the test is left out, with the reason. */
  public static synchronized FakeDriver open() throws Exception {
    if (opened == null) {
      boolean natives = System.getProperty("os.arch").equals("amd64");
      assumeTrue(natives && System.getProperty("os.name").equals("Linux"), "no natives of JCuda");
      build("libcuda.so.1");
      Path path = BUILT.resolve("libcuda.so.1");
      opened = new FakeDriver(SymbolLookup.libraryLookup(path, Arena.global()));
      loadJCuda();
    }
    return opened;
  }

  /** JCuda keeps its library in the folder for temporary files and trusts whatever lies there. */
  private static void loadJCuda() throws IOException {
    String shared = System.getProperty("java.io.tmpdir");
    Path own = Files.createDirectories(BUILT.resolve("jcuda"));
    System.setProperty("java.io.tmpdir", own.toString());
    try {
      JCudaDriver.setExceptionsEnabled(true);
    } finally {
      System.setProperty("java.io.tmpdir", shared);
    }
  }

  /** The proof kernels as an image for {@code cuModuleLoadData}. */
  public static byte[] proofKernels() throws Exception {
    return image("proof.so");
  }

  /** The product's kernels, likewise. */
  public static byte[] kernels() throws Exception {
    return image("kernels.so");
  }

  private static byte[] image(String target) throws Exception {
    build(target);
    return Files.readAllBytes(BUILT.resolve(target));
  }

  private static void build(String target) throws IOException, InterruptedException {
    Process build =
        new ProcessBuilder(
                KERNELS.resolve("src/test/cpp/build").toString(), BUILT.toString(), target)
            .redirectErrorStream(true)
            .start();
    String said = new String(build.getInputStream().readAllBytes(), UTF_8);
    assertTrue(build.waitFor(10, TimeUnit.MINUTES), said);
    assumeTrue(build.exitValue() != NO_COMPILER, said);
    assertEquals(0, build.exitValue(), said);
  }

  /** Settings as in the variable {@code LORIKEET_FAKE_CUDA}; what is not named gets its default. */
  public void configure(String settings) {
    try (Arena arena = Arena.ofConfined()) {
      int result = call("fake_cuda_configure", arena.allocateFrom(settings));
      assertEquals(0, result, refusal());
    }
  }

  public Counts counts() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment counts = arena.allocate(JAVA_LONG, 5);
      call("fake_cuda_counts", counts);
      return new Counts(
          counts.getAtIndex(JAVA_LONG, 0),
          counts.getAtIndex(JAVA_LONG, 1),
          counts.getAtIndex(JAVA_LONG, 2),
          counts.getAtIndex(JAVA_LONG, 3),
          counts.getAtIndex(JAVA_LONG, 4));
    }
  }

  /** Why the last call was refused. */
  public String refusal() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(1024);
      try {
        int result = (int) function("fake_cuda_refusal", ADDRESS, JAVA_LONG).invoke(text, 1024L);
        assertEquals(0, result);
      } catch (Throwable t) {
        throw new AssertionError(t);
      }
      return text.getString(0);
    }
  }

  /** A line for each piece of memory that contexts still hold. */
  public String leaks() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(4096);
      MemorySegment count = arena.allocate(JAVA_LONG);
      try {
        int result =
            (int)
                function("fake_cuda_leaks", ADDRESS, JAVA_LONG, ADDRESS).invoke(text, 4096L, count);
        assertEquals(0, result);
      } catch (Throwable t) {
        throw new AssertionError(t);
      }
      return text.getString(0);
    }
  }

  private int call(String name, MemorySegment argument) {
    try {
      return (int) function(name, ADDRESS).invoke(argument);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  boolean has(String name) {
    return library.find(name).isPresent();
  }

  /** A function of the driver that JCuda lacks, returning a result code. */
  MethodHandle function(String name, MemoryLayout... parameters) {
    return Linker.nativeLinker()
        .downcallHandle(
            library.find(name).orElseThrow(), FunctionDescriptor.of(JAVA_INT, parameters));
  }
}
