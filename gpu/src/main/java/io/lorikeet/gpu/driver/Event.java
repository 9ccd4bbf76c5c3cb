package io.lorikeet.gpu.driver;

import static jcuda.driver.JCudaDriver.cuEventSynchronize;

import jcuda.driver.CUevent;

/** A place in a stream that others can wait for. The context owns it. */
public final class Event {
  /** A handle that tells its address. */
  static final class Handle extends CUevent {
    long raw() {
      return getNativePointer();
    }
  }

  private final Handle handle;

  Event(Handle handle) {
    this.handle = handle;
  }

  /** Whether all work before its last record is done; true where it was never recorded. */
  public boolean isDone() {
    return DriverCalls.query(handle.raw());
  }

  /** Waits on the host. */
  public void synchronize() {
    cuEventSynchronize(handle);
  }

  Handle handle() {
    return handle;
  }
}
