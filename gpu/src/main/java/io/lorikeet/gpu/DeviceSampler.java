package io.lorikeet.gpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.lorikeet.engine.sample.Drawn;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.sample.TokenHistory;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.DeviceBuffer;
import io.lorikeet.gpu.driver.Event;
import io.lorikeet.gpu.driver.Kernel;
import io.lorikeet.gpu.driver.PinnedBuffer;
import io.lorikeet.gpu.driver.Stream;
import io.lorikeet.kernels.ExactMath;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Draws tokens on the device, by the kernel of {@code sampling.cu}: the same ones that the host
 * draws from the same logits. Rows are added one by one and drawn in one launch, or in several
 * where their lists are longer than the room for them.
 */
final class DeviceSampler {
  private static final int DRAW_INTS = 21; // of a struct Draw
  private static final int VOCAB_LISTS = 6; // lists of a row hold no more ids
  private static final int LIST_INTS_MIN = 1 << 14;
  private static final int[] NO_IDS = {};
  private static final int TURNS = 2; // of steps in flight

  private final Stream stream;
  private final Kernel draw;
  private final long logits;
  private final long lastTokens;
  private final int vocab;
  private final float one;
  private final DeviceBuffer device; // draws, then their lists
  private final DeviceBuffer drawn;
  private final PinnedBuffer[] hosts = new PinnedBuffer[TURNS];
  private final Event[] copied = new Event[TURNS];
  private final int rowsMax;
  private final int listMax;
  private int turn;
  private int first; // of the rows that were added and not drawn yet
  private int count; // rows that were added
  private int lists; // ints of lists

  /**
   * Takes its memory.
   *
   * @param logits address of {@code [rows, vocab]}
   * @param lastTokens address of {@code [seats]}
   */
  DeviceSampler(
      Context context, Stream stream, int rowsMax, int vocab, long logits, long lastTokens) {
    this.stream = stream;
    this.rowsMax = rowsMax;
    this.vocab = vocab;
    this.logits = logits;
    this.lastTokens = lastTokens;
    draw = context.kernel("draw_tokens");
    one = Math.scalb(1f, 62 - (Integer.SIZE - Integer.numberOfLeadingZeros(vocab)));
    listMax = listInts(vocab);
    long bytes = ((long) rowsMax * DRAW_INTS + listMax) * Integer.BYTES;
    device = context.allocate(bytes);
    drawn = context.allocate((long) rowsMax * Integer.BYTES);
    for (int i = 0; i < TURNS; i++) {
      hosts[i] = context.pin(bytes);
      copied[i] = context.event();
    }
  }

  /** Bytes that it takes on the device. */
  static long bytes(int rowsMax, int vocab) {
    return ((long) rowsMax * (DRAW_INTS + 1) + listInts(vocab)) * Integer.BYTES;
  }

  private static int listInts(int vocab) {
    return Math.max(VOCAB_LISTS * vocab, LIST_INTS_MIN);
  }

  /** Begins with the rows of another step; those of the step before the last one are drawn. */
  void begin() {
    turn = (turn + 1) % TURNS;
    first = 0;
    count = 0;
    lists = 0;
    copied[turn].synchronize();
  }

  /**
   * Adds a row.
   *
   * @param row of the logits
   * @param seat whose last token it becomes; -1 for nobody's
   * @param history all tokens of the sequence
   * @param position of the new token
   */
  void add(int row, int seat, SamplingParams params, TokenHistory history, int position) {
    int[] never = never(params, history, position);
    int ints =
        2 * history.size()
            + 2 * params.bias().ids().length
            + never.length
            + params.rules().allowed().length;
    if (lists + ints > listMax) {
      launch();
      copied[turn].synchronize();
    }
    int at = count * DRAW_INTS;
    put(at, row);
    put(at + 1, seat);
    put(at + 2, params.temperature());
    put(at + 3, floorZ(params.minP()));
    put(at + 4, params.topP());
    put(at + 5, params.typicalP());
    put(at + 6, params.topK());
    put(at + 7, (int) params.seed());
    put(at + 8, (int) (params.seed() >>> 32));
    put(at + 9, position);
    put(at + 10, params.penalties().repetition());
    put(at + 11, params.penalties().frequency());
    put(at + 12, params.penalties().presence());
    put(at + 13, lists);
    put(at + 14, history.size());
    addHistory(history);
    put(at + 15, lists);
    put(at + 16, params.bias().ids().length);
    addList(params.bias().ids());
    addBits(params.bias().values());
    put(at + 17, lists);
    put(at + 18, never.length);
    addList(never);
    put(at + 19, lists);
    put(at + 20, params.rules().allowed().length);
    addList(params.rules().allowed());
    count++;
  }

  private static float floorZ(float minP) {
    return minP > 0f ? Math.min(0f, (float) ExactMath.log(minP)) : Float.NEGATIVE_INFINITY;
  }

  private static int[] never(SamplingParams params, TokenHistory history, int position) {
    boolean withholds = history.newTokens(position) < params.withheld().tokens();
    int[] withheld = withholds ? params.withheld().ids() : NO_IDS;
    int[][] banned = params.rules().banned();
    if (banned.length == 0) {
      return withheld;
    }
    int[] never = new int[withheld.length + banned.length];
    System.arraycopy(withheld, 0, never, 0, withheld.length);
    int size = withheld.length;
    for (int[] phrase : banned) {
      if (history.endsBefore(phrase)) {
        never[size++] = phrase[phrase.length - 1];
      }
    }
    return Arrays.stream(never, 0, size).distinct().toArray();
  }

  /** Queues the draws of all rows that were added. */
  void launch() {
    if (count == first) {
      return;
    }
    // Lists follow the draws, wherever those end.
    long draws = (long) first * DRAW_INTS * Integer.BYTES;
    long length = (long) (count - first) * DRAW_INTS * Integer.BYTES;
    stream.copy(hosts[turn], draws, device, draws, length);
    if (lists > 0) {
      stream.copy(hosts[turn], listsAt(), device, listsAt(), (long) lists * Integer.BYTES);
    }
    stream.record(copied[turn]);
    draw.with(drawn.address() + (long) first * Integer.BYTES)
        .with(lastTokens)
        .with(logits)
        .with(device.address() + draws)
        .with(device.address() + listsAt())
        .with(vocab)
        .with(one)
        .launch(stream, count - first);
    first = count;
    lists = 0;
  }

  /** Queues the copy of what was drawn since {@link #begin}, in the order of {@link #add}. */
  void copyDrawn(PinnedBuffer to) {
    if (count > 0) {
      stream.copy(drawn, 0, to, 0, (long) count * Integer.BYTES);
    }
  }

  /** Why no token was drawn, by what the kernel drew instead. */
  static Drawn.Impossible undrawn(int code) {
    return switch (code) {
      case -1 -> Drawn.Impossible.NO_NUMBER;
      case -2 -> Drawn.Impossible.NOTHING_POSSIBLE;
      case -3 -> Drawn.Impossible.ALL_WITHHELD;
      default -> throw new IllegalStateException("the kernel drew " + code);
    };
  }

  private long listsAt() {
    return (long) rowsMax * DRAW_INTS * Integer.BYTES;
  }

  private void put(int at, int value) {
    hosts[turn].segment().setAtIndex(JAVA_INT, at, value);
  }

  private void put(int at, float value) {
    hosts[turn].segment().setAtIndex(JAVA_FLOAT, at, value);
  }

  private void addHistory(TokenHistory history) {
    int from = rowsMax * DRAW_INTS + lists;
    int size = history.size();
    for (int i = 0; i < size; i++) {
      put(from + i, history.id(i));
      put(from + size + i, history.drawnCount(i));
    }
    lists += 2 * size;
  }

  private void addList(int[] values) {
    MemorySegment.copy(
        values, 0, hosts[turn].segment(), JAVA_INT, nextList(values.length), values.length);
  }

  private void addBits(float[] values) {
    MemorySegment.copy(
        values, 0, hosts[turn].segment(), JAVA_FLOAT, nextList(values.length), values.length);
  }

  private long nextList(int length) {
    long at = listsAt() + (long) lists * Integer.BYTES;
    lists += length;
    return at;
  }
}
