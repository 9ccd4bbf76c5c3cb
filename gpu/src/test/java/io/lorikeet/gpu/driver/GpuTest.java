package io.lorikeet.gpu.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.lorikeet.gpu.FakeDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A GPU is found, or one line says why there is none. */
final class GpuTest {
  private static final int TOOLKIT = 13000;

  private FakeDriver driver;

  @BeforeEach
  void open() throws Exception {
    driver = FakeDriver.open();
  }

  @Test
  void theGpuTellsWhatItIs() {
    driver.configure("memory=3221225472,arch=86,version=13010");

    Gpu gpu = assertInstanceOf(Gpu.Search.Found.class, Gpu.find(TOOLKIT)).gpu();

    assertEquals(new Gpu(0, "emulated sm_86", 86, 3L << 30, 13010), gpu);
    assertEquals("emulated sm_86 (sm_86, 3072 MiB, driver for CUDA 13.1)", gpu.toString());
  }

  @Test
  void aMachineWithoutADriverHasNone() {
    assertEquals(
        "no NVIDIA driver is installed: liblorikeet-nowhere.so.1 is missing",
        reason(Gpu.find("liblorikeet-nowhere.so.1", TOOLKIT)));
  }

  @Test
  void aDriverThatIsTooOldIsRefused() {
    driver.configure("version=12090");

    assertEquals(
        "the NVIDIA driver must know CUDA 13.0: install a newer one. Given: CUDA 12.9",
        reason(Gpu.find(TOOLKIT)));
  }

  @Test
  void kernelsOfANewerToolkitRunOnADriverOfTheSameMajorVersion() {
    driver.configure("version=13000");

    assertInstanceOf(Gpu.Search.Found.class, Gpu.find(13020));
  }

  @Test
  void aDriverWithoutGpuIsRefused() {
    driver.configure("devices=0");

    assertEquals("the NVIDIA driver shows no GPU", reason(Gpu.find(TOOLKIT)));
  }

  @Test
  void anOldGpuIsRefused() {
    driver.configure("arch=75");

    assertEquals(
        "the GPU must have compute capability 8.0 or newer. Given: emulated sm_75 (sm_75, 8192 MiB, driver for CUDA 13.0)",
        reason(Gpu.find(TOOLKIT)));
  }

  private static String reason(Gpu.Search search) {
    return assertInstanceOf(Gpu.Search.Missing.class, search).reason();
  }
}
