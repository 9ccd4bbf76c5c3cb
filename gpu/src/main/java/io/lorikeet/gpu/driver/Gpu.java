package io.lorikeet.gpu.driver;

import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetAttribute;
import static jcuda.driver.JCudaDriver.cuDeviceGetCount;
import static jcuda.driver.JCudaDriver.cuDeviceGetName;
import static jcuda.driver.JCudaDriver.cuDeviceTotalMem;
import static jcuda.driver.JCudaDriver.cuDriverGetVersion;
import static jcuda.driver.JCudaDriver.cuInit;

import java.nio.charset.StandardCharsets;
import jcuda.CudaException;
import jcuda.driver.CUdevice;

/**
 * A GPU of this machine.
 *
 * @param ordinal its number among those that the driver shows
 * @param capability compute capability, such as 90 for 9.0
 * @param memoryBytes of all of it
 * @param driverVersion newest CUDA that the driver knows, such as 13000 for 13.0
 */
public record Gpu(int ordinal, String name, int capability, long memoryBytes, int driverVersion) {
  private static final int CAPABILITY_MIN = 80;

  /** The GPU to use, or one line that says why there is none. */
  public sealed interface Search {
    record Found(Gpu gpu) implements Search {}

    record Missing(String reason) implements Search {}
  }

  /**
   * Looks for the first GPU that can run kernels of a toolkit.
   *
   * @param toolkit version of CUDA that the kernels were compiled with, such as 13000
   */
  public static Search find(int toolkit) {
    return find(CudaLibrary.DRIVER, toolkit);
  }

  static Search find(String driver, int toolkit) {
    String absence = CudaLibrary.load(driver);
    if (!absence.isEmpty()) {
      return new Search.Missing(absence);
    }
    try {
      return first(toolkit);
    } catch (CudaException e) {
      return new Search.Missing("the NVIDIA driver answers " + e.getMessage());
    }
  }

  private static Search first(int toolkit) {
    int version = knownCuda();
    // Within a major version, kernels of a newer toolkit run on an older driver.
    if (version / 1000 < toolkit / 1000) {
      return new Search.Missing(
          "the NVIDIA driver must know CUDA %d.0: install a newer one. Given: CUDA %s"
              .formatted(toolkit / 1000, spelled(version)));
    }
    cuInit(0);
    int[] count = new int[1];
    cuDeviceGetCount(count);
    for (int ordinal = 0; ordinal < count[0]; ordinal++) {
      Gpu gpu = gpu(ordinal, version);
      if (gpu.capability >= CAPABILITY_MIN) {
        return new Search.Found(gpu);
      }
    }
    return new Search.Missing(
        count[0] == 0
            ? "the NVIDIA driver shows no GPU"
            : "the GPU must have compute capability 8.0 or newer. Given: " + gpu(0, version));
  }

  private static int knownCuda() {
    int[] version = new int[1];
    cuDriverGetVersion(version);
    return version[0];
  }

  private static Gpu gpu(int ordinal, int driverVersion) {
    CUdevice device = handle(ordinal);
    byte[] name = new byte[256];
    cuDeviceGetName(name, name.length, device);
    long[] bytes = new long[1];
    cuDeviceTotalMem(bytes, device);
    int major = attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
    int minor = attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    return new Gpu(ordinal, text(name), 10 * major + minor, bytes[0], driverVersion);
  }

  private static int attribute(CUdevice device, int attribute) {
    int[] value = new int[1];
    cuDeviceGetAttribute(value, attribute, device);
    return value[0];
  }

  private static String text(byte[] zeroEnded) {
    String all = new String(zeroEnded, StandardCharsets.UTF_8);
    return all.substring(0, all.indexOf('\0')).strip();
  }

  private static String spelled(int version) {
    return version / 1000 + "." + version % 1000 / 10;
  }

  static CUdevice handle(int ordinal) {
    CUdevice device = new CUdevice();
    cuDeviceGet(device, ordinal);
    return device;
  }

  @Override
  public String toString() {
    return "%s (sm_%d, %d MiB, driver for CUDA %s)"
        .formatted(name, capability, memoryBytes >> 20, spelled(driverVersion));
  }
}
