package io.lorikeet.gpu.driver;

import static jcuda.driver.JCudaDriver.cuGraphDestroy;
import static jcuda.driver.JCudaDriver.cuGraphExecDestroy;
import static jcuda.driver.JCudaDriver.cuGraphInstantiate;
import static jcuda.driver.JCudaDriver.cuGraphLaunch;
import static jcuda.driver.JCudaDriver.cuStreamBeginCapture;
import static jcuda.driver.JCudaDriver.cuStreamEndCapture;

import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstreamCaptureMode;

/** Work of one stream, recorded once as a graph and queued as a whole any number of times. */
public final class Recording implements AutoCloseable {
  private final Stream stream;
  private final CUgraphExec executable = new CUgraphExec();

  /**
   * Records what {@code work} queues, which does not run.
   *
   * @param stream that it queues it on
   */
  public Recording(Stream stream, Runnable work) {
    this.stream = stream;
    CUgraph graph = new CUgraph();
    cuStreamBeginCapture(stream.handle(), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
    work.run();
    cuStreamEndCapture(stream.handle(), graph);
    try {
      cuGraphInstantiate(executable, graph, 0);
    } finally {
      cuGraphDestroy(graph);
    }
  }

  /** Queues it on its stream. */
  public void replay() {
    cuGraphLaunch(executable, stream.handle());
  }

  /** No replay may still be running. */
  @Override
  public void close() {
    cuGraphExecDestroy(executable);
  }
}
