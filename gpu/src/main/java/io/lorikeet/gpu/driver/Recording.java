package io.lorikeet.gpu.driver;

import static jcuda.driver.JCudaDriver.cuGraphDestroy;
import static jcuda.driver.JCudaDriver.cuGraphExecDestroy;
import static jcuda.driver.JCudaDriver.cuGraphInstantiate;
import static jcuda.driver.JCudaDriver.cuGraphLaunch;
import static jcuda.driver.JCudaDriver.cuStreamBeginCapture;
import static jcuda.driver.JCudaDriver.cuStreamEndCapture;

import java.lang.System.Logger.Level;
import jcuda.CudaException;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstreamCaptureMode;

/** Work of one stream, recorded once as a graph and queued as a whole any number of times. */
public final class Recording implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Recording.class.getName());

  private final Stream stream;
  private final CUgraphExec executable = new CUgraphExec();

  /**
   * Records what {@code work} queues, which does not run. Other threads may queue meanwhile, on
   * other streams.
   *
   * @param stream that it queues it on
   */
  public Recording(Stream stream, Runnable work) {
    this.stream = stream;
    CUgraph graph = new CUgraph();
    cuStreamBeginCapture(stream.handle(), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
    boolean whole = false;
    try {
      work.run();
      whole = true;
    } finally {
      end(graph, whole);
    }
    try {
      cuGraphInstantiate(executable, graph, 0);
    } finally {
      cuGraphDestroy(graph);
    }
  }

  private void end(CUgraph graph, boolean whole) {
    try {
      cuStreamEndCapture(stream.handle(), graph);
    } catch (CudaException e) {
      if (whole) {
        throw e;
      }
      LOG.log(Level.WARNING, "a graph that was left half recorded: " + e.getMessage());
    }
  }

  /** Queues it on its stream. */
  public void replay() {
    replay(stream);
  }

  /** Queues it on a stream. */
  public void replay(Stream on) {
    cuGraphLaunch(executable, on.handle());
  }

  /** No replay may still be running. */
  @Override
  public void close() {
    cuGraphExecDestroy(executable);
  }
}
