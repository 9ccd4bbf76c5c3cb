package io.lorikeet.gpu;

import static jcuda.driver.JCudaDriver.cuCtxCreate;
import static jcuda.driver.JCudaDriver.cuCtxDestroy;
import static jcuda.driver.JCudaDriver.cuCtxSynchronize;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;
import static jcuda.driver.JCudaDriver.cuGraphInstantiate;
import static jcuda.driver.JCudaDriver.cuGraphLaunch;
import static jcuda.driver.JCudaDriver.cuInit;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemFreeHost;
import static jcuda.driver.JCudaDriver.cuMemHostAlloc;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemsetD32Async;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadData;
import static jcuda.driver.JCudaDriver.cuStreamBeginCapture;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamEndCapture;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;
import static jcuda.driver.JCudaDriver.cuStreamWaitEvent;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;

/**
 * The proof kernel {@code gemv} on a device of its own, as a server would run it: two weights paged
 * in on a copy stream through one pinned staging buffer, the launch captured once, and replayed
 * with the input of each step. Its two flags leave out what a server must not forget.
 */
final class Gemv implements AutoCloseable {
  static final int ROWS = 29;
  static final int COLS = 512;
  private static final int PARTS = 2;
  private static final int ROWS_PER_BLOCK = 4;
  private static final int THREADS = 128;

  static final class Address extends CUdeviceptr {
    long raw() {
      return getNativePointer();
    }
  }

  static final class Stream extends CUstream {
    long raw() {
      return getNativePointer();
    }
  }

  static final class Function extends CUfunction {
    long raw() {
      return getNativePointer();
    }
  }

  private record Pinned(Pointer pointer, ByteBuffer bytes) {}

  final CUcontext context = new CUcontext();
  final CUmodule module = new CUmodule();
  final Function function = new Function();
  final Stream compute = new Stream();
  final Stream transfers = new Stream();
  final Address y = new Address();
  final Address x = new Address();
  final Address weights = new Address();
  final Address partials = new Address();
  final Address counters = new Address();

  private final Random random;
  private final short[][] hostWeights = new short[2][];
  private final List<CUevent> ready = new ArrayList<>();
  private final Pinned staging;
  private final Pinned input;
  private final Pinned output;
  private boolean waitsForStaging = true;
  private boolean waitsForWeights = true;

  Gemv(byte[] image, long seed) {
    random = new Random(seed);
    cuInit(0);
    CUdevice device = new CUdevice();
    cuDeviceGet(device, 0);
    cuCtxCreate(context, 0, device);
    cuModuleLoadData(module, image);
    cuModuleGetFunction(function, module, "gemv");
    cuStreamCreate(compute, CUstream_flags.CU_STREAM_NON_BLOCKING);
    cuStreamCreate(transfers, CUstream_flags.CU_STREAM_NON_BLOCKING);
    cuMemAlloc(y, ROWS * 4L);
    cuMemAlloc(x, COLS * 2L);
    cuMemAlloc(weights, 2L * ROWS * COLS * 2);
    cuMemAlloc(partials, PARTS * ROWS * 4L);
    cuMemAlloc(counters, blocks() * 4L);
    cuMemsetD32Async(counters, 0, blocks(), compute);
    staging = pinned(ROWS * COLS * 2);
    input = pinned(COLS * 2);
    output = pinned(ROWS * 4);
  }

  Gemv withoutWaitingForStaging() {
    waitsForStaging = false;
    return this;
  }

  Gemv withoutWaitingForWeights() {
    waitsForWeights = false;
    return this;
  }

  private static int blocks() {
    return (ROWS + ROWS_PER_BLOCK - 1) / ROWS_PER_BLOCK;
  }

  private static Pinned pinned(int bytes) {
    Pointer pointer = new Pointer();
    cuMemHostAlloc(pointer, bytes, 0);
    return new Pinned(pointer, pointer.getByteBuffer(0, bytes).order(ByteOrder.LITTLE_ENDIAN));
  }

  /** Both weights on their way to the device, each with the event that says it is there. */
  void pageIn() {
    CUevent staged = event();
    for (int slot = 0; slot < 2; slot++) {
      if (slot > 0 && waitsForStaging) {
        cuEventSynchronize(staged);
      }
      short[] weight = bf16(ROWS * COLS, 0.05f);
      hostWeights[slot] = weight;
      staging.bytes().asShortBuffer().put(weight);
      cuMemcpyHtoDAsync(slotAddress(slot), staging.pointer(), weight.length * 2L, transfers);
      cuEventRecord(staged, transfers);
      ready.add(event());
      cuEventRecord(ready.get(slot), transfers);
    }
  }

  private static CUevent event() {
    CUevent event = new CUevent();
    cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING);
    return event;
  }

  CUdeviceptr slotAddress(int slot) {
    return weights.withByteOffset((long) slot * ROWS * COLS * 2);
  }

  /** One executable graph for each slot. */
  CUgraphExec capture(int slot) {
    cuStreamBeginCapture(compute, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
    launch(slotAddress(slot));
    CUgraph graph = new CUgraph();
    cuStreamEndCapture(compute, graph);
    CUgraphExec executable = new CUgraphExec();
    cuGraphInstantiate(executable, graph, 0);
    return executable;
  }

  void launch(CUdeviceptr weight) {
    cuLaunchKernel(
        function, blocks(), PARTS, 1, THREADS, 1, 1, 0, compute, parameters(weight), null);
  }

  private Pointer parameters(CUdeviceptr weight) {
    return Pointer.to(
        Pointer.to(y),
        Pointer.to(x),
        Pointer.to(weight),
        Pointer.to(new int[] {ROWS}),
        Pointer.to(new int[] {COLS}),
        Pointer.to(partials),
        Pointer.to(counters));
  }

  /** The relative error of one step, from input to output; NaN if the output has one. */
  double step(int slot, Runnable launch) {
    if (waitsForWeights) {
      cuStreamWaitEvent(compute, ready.get(slot), 0);
    }
    short[] values = bf16(COLS, 1);
    input.bytes().asShortBuffer().put(values);
    cuMemcpyHtoDAsync(x, input.pointer(), COLS * 2L, compute);
    launch.run();
    cuMemcpyDtoHAsync(output.pointer(), y, ROWS * 4L, compute);
    cuStreamSynchronize(compute);
    return error(values, hostWeights[slot]);
  }

  double replay(int slot, CUgraphExec executable) {
    return step(slot, () -> cuGraphLaunch(executable, compute));
  }

  private double error(short[] values, short[] weight) {
    double square = 0;
    for (short value : values) {
      square += Math.pow(toFloat(value), 2);
    }
    double scale = 1 / Math.sqrt(square / COLS);
    double error = 0;
    double size = 0;
    for (int row = 0; row < ROWS; row++) {
      double sum = 0;
      for (int k = 0; k < COLS; k++) {
        sum += (double) toFloat(weight[row * COLS + k]) * toFloat(values[k]);
      }
      error += Math.pow(output.bytes().getFloat(row * 4) - sum * scale, 2);
      size += Math.pow(sum * scale, 2);
    }
    return Math.sqrt(error / size);
  }

  private short[] bf16(int count, float scale) {
    short[] values = new short[count];
    for (int i = 0; i < count; i++) {
      int bits = Float.floatToRawIntBits((float) random.nextGaussian() * scale);
      values[i] = (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
    }
    return values;
  }

  private static float toFloat(short value) {
    return Float.intBitsToFloat(value << 16);
  }

  void freeAll() {
    cuCtxSynchronize();
    for (Address address : List.of(y, x, weights, partials, counters)) {
      cuMemFree(address);
    }
    for (Pinned pinned : List.of(staging, input, output)) {
      cuMemFreeHost(pinned.pointer());
    }
  }

  @Override
  public void close() {
    cuCtxDestroy(context);
  }
}
