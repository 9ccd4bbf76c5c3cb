package io.lorikeet.gpu;

import io.lorikeet.engine.spi.DeviceSpeed;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.DeviceBuffer;
import io.lorikeet.gpu.driver.Gpu;
import io.lorikeet.gpu.driver.Kernel;
import io.lorikeet.gpu.driver.PinnedBuffer;
import io.lorikeet.gpu.driver.Recording;
import io.lorikeet.gpu.driver.Stream;
import io.lorikeet.gpu.driver.StreamClock;
import java.util.Arrays;

/**
 * What a GPU reaches at plain work, by its own clock: medians of rounds, over memory that no cache
 * holds. Takes a context of its own and gives it back.
 */
final class DeviceProbe {
  private static final String EMULATED = "emulated ";
  private static final int ROUNDS = 9;
  private static final int EMULATED_ROUNDS = 2;
  private static final long BYTES_MAX = 1L << 30;
  private static final long UPLOAD_BYTES_MAX = 256L << 20;
  private static final long EMULATED_BYTES = 1L << 20;
  private static final int FREE_DIVISOR = 4; // two buffers are taken
  private static final int READ_BLOCKS = 2_048;
  private static final int READ_THREADS = 256;
  private static final int WORDS = 16; // bytes that a thread reads at once

  /** Kernels of a step of a model of 32 layers, with five launches a layer. */
  private static final int REPLAY_KERNELS = 163;

  private final Context context;
  private final Stream stream;
  private final StreamClock clock;
  private final Kernel read;
  private final DeviceBuffer from;
  private final DeviceBuffer to;
  private final DeviceBuffer sums;
  private final PinnedBuffer pinned;
  private final int blocks;
  private final int rounds;

  private DeviceProbe(Context context, long bytes, boolean emulated) {
    this.context = context;
    stream = context.stream();
    clock = new StreamClock(stream);
    read = context.kernel("read_words");
    from = context.allocate(bytes);
    to = context.allocate(bytes);
    blocks = emulated ? 2 : READ_BLOCKS;
    rounds = emulated ? EMULATED_ROUNDS : ROUNDS;
    sums = context.allocate((long) blocks * READ_THREADS * Integer.BYTES);
    pinned = context.pin(Math.min(bytes, UPLOAD_BYTES_MAX));
    stream.clear(from);
  }

  /** Measures it, on the calling thread. */
  static DeviceSpeed measure(Gpu gpu, byte[] image) {
    boolean emulated = gpu.name().startsWith(EMULATED);
    try (Context context = Context.open(gpu, image)) {
      long most = emulated ? EMULATED_BYTES : BYTES_MAX;
      long bytes = Math.min(most, context.freeBytes() / FREE_DIVISOR) / WORDS * WORDS;
      return new DeviceProbe(context, bytes, emulated).speed(gpu, emulated);
    }
  }

  private DeviceSpeed speed(Gpu gpu, boolean emulated) {
    double readNanos = median(() -> read(blocks, from.bytes() / WORDS));
    double copyNanos = median(() -> stream.copy(from, 0, to, 0, from.bytes()));
    long uploaded = pinned.segment().byteSize();
    double uploadNanos = median(() -> stream.copy(pinned, 0, to, 0, uploaded));
    double launchNanos = median(this::launches);
    double replayNanos;
    try (Recording recording = new Recording(stream, this::launches)) {
      replayNanos = median(recording::replay);
    }
    context.free(pinned);
    return new DeviceSpeed(
        gpu.toString(),
        emulated,
        perSecond(from.bytes(), readNanos),
        perSecond(2 * from.bytes(), copyNanos),
        perSecond(uploaded, uploadNanos),
        launchNanos / REPLAY_KERNELS,
        replayNanos / REPLAY_KERNELS,
        REPLAY_KERNELS);
  }

  private void read(int grid, long count) {
    read.with(sums).with(from).with(count).launch(stream, grid);
  }

  private void launches() {
    for (int i = 0; i < REPLAY_KERNELS; i++) {
      read(1, 0);
    }
  }

  private double median(Runnable work) {
    clock.nanos(work); // warm-up
    double[] nanos = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      nanos[i] = clock.nanos(work);
    }
    Arrays.sort(nanos);
    return nanos[rounds / 2];
  }

  // The clock of events has steps of about half a microsecond; emulated work may take less.
  private static double perSecond(long bytes, double nanos) {
    return bytes * 1e9 / Math.max(nanos, 1);
  }
}
