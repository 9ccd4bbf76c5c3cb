package io.lorikeet.gpu.driver;

import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemsetD8Async;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;
import static jcuda.driver.JCudaDriver.cuStreamWaitEvent;

import java.util.Objects;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;

/** Work of the device in order. The context owns it. */
public final class Stream {
  /** A handle that tells its address. */
  static final class Handle extends CUstream {
    long raw() {
      return getNativePointer();
    }
  }

  private final Handle handle;

  Stream(Handle handle) {
    this.handle = handle;
  }

  /** Copies {@code bytes} to the device once what was queued before is done. */
  public void copy(PinnedBuffer from, long fromOffset, DeviceBuffer to, long toOffset, long bytes) {
    Objects.checkFromIndexSize(fromOffset, bytes, from.segment().byteSize());
    cuMemcpyHtoDAsync(place(to, toOffset, bytes), from.at(fromOffset), bytes, handle);
  }

  /** Copies {@code bytes} from the device, likewise. */
  public void copy(DeviceBuffer from, long fromOffset, PinnedBuffer to, long toOffset, long bytes) {
    Objects.checkFromIndexSize(toOffset, bytes, to.segment().byteSize());
    cuMemcpyDtoHAsync(to.at(toOffset), place(from, fromOffset, bytes), bytes, handle);
  }

  /** Copies {@code bytes} within the device, likewise; the two places do not overlap. */
  public void copy(DeviceBuffer from, long fromOffset, DeviceBuffer to, long toOffset, long bytes) {
    cuMemcpyDtoDAsync(place(to, toOffset, bytes), place(from, fromOffset, bytes), bytes, handle);
  }

  /** Fills a buffer with zeros, likewise. */
  public void clear(DeviceBuffer buffer) {
    cuMemsetD8Async(place(buffer, 0, buffer.bytes()), (byte) 0, buffer.bytes(), handle);
  }

  /** Lets an event happen when all that was queued before is done. */
  public void record(Event event) {
    cuEventRecord(event.handle(), handle);
  }

  /** What is queued from now on runs after the event; the host does not wait. */
  public void await(Event event) {
    cuStreamWaitEvent(handle, event.handle(), 0);
  }

  /** Waits on the host until all that was queued is done. */
  public void synchronize() {
    cuStreamSynchronize(handle);
  }

  Handle handle() {
    return handle;
  }

  private static CUdeviceptr place(DeviceBuffer buffer, long offset, long bytes) {
    Objects.checkFromIndexSize(offset, bytes, buffer.bytes());
    return new CUdeviceptr().withByteOffset(buffer.address() + offset);
  }
}
