package io.lorikeet.gpu.driver;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventElapsedTime;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;

/** Time on the device between two places of one stream. The current context owns its events. */
public final class StreamClock {
  private static final double NANOS_PER_MILLI = 1e6;

  private final Stream stream;
  private final CUevent begin = event();
  private final CUevent end = event();

  public StreamClock(Stream stream) {
    this.stream = stream;
  }

  private static CUevent event() {
    CUevent event = new CUevent();
    cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT);
    return event;
  }

  /** Nanoseconds that the device takes for what {@code work} queues; waits for it. */
  public double nanos(Runnable work) {
    cuEventRecord(begin, stream.handle());
    work.run();
    cuEventRecord(end, stream.handle());
    cuEventSynchronize(end);
    float[] millis = new float[1];
    cuEventElapsedTime(millis, begin, end);
    return millis[0] * NANOS_PER_MILLI;
  }
}
