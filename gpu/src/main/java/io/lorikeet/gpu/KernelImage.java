package io.lorikeet.gpu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Properties;

/**
 * The kernels as the build compiled them, for every GPU that it knows.
 *
 * @param fatbin what the driver loads
 * @param toolkit version of CUDA that it was compiled with, such as 13000
 * @param sources SHA-256 in hex of the sources
 */
record KernelImage(byte[] fatbin, int toolkit, String sources) {
  private static final String FATBIN = "/cuda/kernels.fatbin";
  private static final String PROPERTIES = "/cuda/kernels.properties";

  /** That of this build; empty where it had no CUDA compiler. */
  static Optional<KernelImage> ofBuild() {
    try (InputStream fatbin = KernelImage.class.getResourceAsStream(FATBIN);
        InputStream properties = KernelImage.class.getResourceAsStream(PROPERTIES)) {
      if (fatbin == null || properties == null) {
        return Optional.empty();
      }
      Properties made = new Properties();
      made.load(properties);
      return Optional.of(
          new KernelImage(
              fatbin.readAllBytes(),
              Integer.parseInt(made.getProperty("toolkit")),
              made.getProperty("sources")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
