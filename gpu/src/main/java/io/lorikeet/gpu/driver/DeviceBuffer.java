package io.lorikeet.gpu.driver;

/**
 * A piece of device memory. The context that it was taken from owns it.
 *
 * @param address on the device
 */
public record DeviceBuffer(long address, long bytes) {
  /**
   * A part of it.
   *
   * @throws IndexOutOfBoundsException it is not inside
   */
  public DeviceBuffer slice(long offset, long size) {
    if (offset < 0 || size < 0 || offset > bytes - size) {
      throw new IndexOutOfBoundsException(
          "%d bytes at %d must be within %d".formatted(size, offset, bytes));
    }
    return new DeviceBuffer(address + offset, size);
  }
}
