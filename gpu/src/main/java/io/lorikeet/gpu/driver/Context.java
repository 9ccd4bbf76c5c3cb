package io.lorikeet.gpu.driver;

import static jcuda.driver.JCudaDriver.cuCtxCreate;
import static jcuda.driver.JCudaDriver.cuCtxDestroy;
import static jcuda.driver.JCudaDriver.cuCtxPopCurrent;
import static jcuda.driver.JCudaDriver.cuCtxPushCurrent;
import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuFuncGetAttribute;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFreeHost;
import static jcuda.driver.JCudaDriver.cuMemGetInfo;
import static jcuda.driver.JCudaDriver.cuMemHostAlloc;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;
import static jcuda.driver.JCudaDriver.cuStreamCreate;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import jcuda.CudaException;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream_flags;

/**
 * One context on a GPU with all that was taken from it, which goes with it. Only the thread that
 * opened it may use it, and others within {@link #run}.
 */
public final class Context implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Context.class.getName());

  /** An address that tells itself. */
  private static final class Address extends CUdeviceptr {
    long raw() {
      return getNativePointer();
    }
  }

  private final CUcontext handle = new CUcontext();
  private final CUmodule module = new CUmodule();
  private final Arena arena = Arena.ofShared();
  private final List<PinnedBuffer> pinned = new ArrayList<>();
  private boolean closed;

  private Context() {}

  /** Opens a context without kernels, on the calling thread. */
  public static Context open(Gpu gpu) {
    Context context = new Context();
    cuCtxCreate(context.handle, 0, Gpu.handle(gpu.ordinal()));
    return context;
  }

  /**
   * Opens a context with the kernels of an image, on the calling thread.
   *
   * @param image a fatbin
   */
  public static Context open(Gpu gpu, byte[] image) {
    Context context = open(gpu);
    try {
      cuModuleLoadData(context.module, image);
    } catch (CudaException e) {
      context.close();
      throw e;
    }
    return context;
  }

  /** Bytes of device memory that nobody has taken. */
  public long freeBytes() {
    long[] free = new long[1];
    cuMemGetInfo(free, new long[1]);
    return free[0];
  }

  /**
   * Device memory, at least 256 bytes aligned. It holds anything.
   *
   * @throws LorikeetException MODEL_MEMORY_EXCEEDED
   */
  public DeviceBuffer allocate(long bytes) {
    Address address = new Address();
    try {
      cuMemAlloc(address, bytes);
    } catch (CudaException e) {
      throw new LorikeetException(
          ErrorCode.MODEL_MEMORY_EXCEEDED,
          "the GPU must have %d bytes in one piece beside what others hold of it: free memory, or lower `engine.kv-bytes` or `engine.rows-max`. Given: %d bytes free, %s"
              .formatted(bytes, freeBytes(), e.getMessage()));
    }
    return new DeviceBuffer(address.raw(), bytes);
  }

  /** Host memory for copies, less than 2 GiB at once. */
  public PinnedBuffer pin(long bytes) {
    PinnedBuffer.Pinned pointer = new PinnedBuffer.Pinned();
    if (bytes > Integer.MAX_VALUE) { // JCuda would take the memory and then fail
      throw new IllegalArgumentException("bytes must be < 2 GiB. Given: " + bytes);
    }
    cuMemHostAlloc(pointer, bytes, 0);
    PinnedBuffer buffer = new PinnedBuffer(pointer, bytes);
    pinned.add(buffer);
    return buffer;
  }

  /** Gives pinned memory back before the context goes. No copy may still use it. */
  public void free(PinnedBuffer buffer) {
    if (!pinned.remove(buffer)) {
      throw new IllegalArgumentException("the buffer is not of this context, or was given back");
    }
    cuMemFreeHost(buffer.pointer());
  }

  /** A stream that waits for no other one by itself. */
  public Stream stream() {
    Stream.Handle stream = new Stream.Handle();
    cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING);
    return new Stream(stream);
  }

  public Event event() {
    Event.Handle event = new Event.Handle();
    cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING);
    return new Event(event);
  }

  /**
   * A kernel of the image, with blocks as large as it was compiled for.
   *
   * @throws CudaException CUDA_ERROR_NOT_FOUND
   */
  public Kernel kernel(String name) {
    Kernel.Handle function = new Kernel.Handle();
    try {
      cuModuleGetFunction(function, module, name);
    } catch (CudaException e) {
      throw new CudaException(e.getMessage() + ": no kernel is called " + name, e);
    }
    int[] threads = new int[1];
    cuFuncGetAttribute(
        threads, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, function);
    return new Kernel(function, threads[0], arena);
  }

  /**
   * Runs a task that waits for no lock on any thread, which may use streams and events meanwhile
   * but must not use what others use at the same time. The context must not be closed before it is
   * done.
   */
  public void run(Runnable task) {
    cuCtxPushCurrent(handle);
    try {
      task.run();
    } finally {
      cuCtxPopCurrent(new CUcontext());
    }
  }

  /** Frees everything; what a lost device refuses to free is gone with it. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    pinned.forEach(buffer -> attempt(() -> cuMemFreeHost(buffer.pointer())));
    attempt(() -> cuCtxDestroy(handle));
    arena.close();
  }

  private static void attempt(Runnable call) {
    try {
      call.run();
    } catch (CudaException e) {
      LOG.log(Level.WARNING, "something of a context was not freed: " + e.getMessage());
    }
  }
}
