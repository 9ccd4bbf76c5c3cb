package io.lorikeet.engine.spi;

import static io.lorikeet.engine.spi.StepCheck.that;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.TakeResult.Hidden;
import io.lorikeet.engine.spi.TakeResult.RowOutput;
import io.lorikeet.engine.spi.TakeResult.Sampled;
import io.lorikeet.engine.spi.TakeResult.Scored;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Speaks {@link Script}. It computes from what lies in its KV blocks, so that a block, seat or slot
 * that is used too early gives a wrong token, and it throws an {@link AssertionError} on any breach
 * of the contract.
 */
public final class ScriptedExecutor implements Executor {
  private static final int[] NO_IDS = {};
  private static final float[] NO_FLOATS = {};

  private final ExecutorInfo info;
  private final IntToLongFunction stepNanos;
  private final Transfers transfers;
  private final Thread owner = Thread.currentThread();
  private final long[][] cache; // [blocks][block tokens] state after the position
  private final int[][] cachePosition;
  private final long[][] cachePrevious; // state before the position
  private final @Nullable SamplingParams[] seats;
  private final int[] lastToken; // [seats] LAST_TOKEN while unknown
  private final long[][] written; // [seats][positions] states that the seat's sequence wrote, or 0
  private final Transfers.@Nullable Ticket[] slots;
  private final Deque<Work> inFlight = new ArrayDeque<>();
  private long lastStep;
  private boolean closed;

  private static final class Work {
    final Step step;
    final long print;
    final List<RowOutput> outputs = new ArrayList<>();
    boolean sampled;

    Work(Step step) {
      this.step = step;
      print = StepCheck.print(step);
    }
  }

  public ScriptedExecutor(ExecutorInfo info) {
    this(info, rows -> 1_000_000L);
  }

  /**
   * @param stepNanos cost of a step by its rows
   */
  public ScriptedExecutor(ExecutorInfo info, IntToLongFunction stepNanos) {
    this(info, stepNanos, Tickets.Ready::new);
  }

  /** With images that are brought to the device so. */
  public static ScriptedExecutor transferring(ExecutorInfo info, Transfers transfers) {
    return new ScriptedExecutor(info, rows -> 1_000_000L, transfers);
  }

  private ScriptedExecutor(ExecutorInfo info, IntToLongFunction stepNanos, Transfers transfers) {
    this.info = info;
    this.stepNanos = stepNanos;
    this.transfers = transfers;
    cache = new long[info.kvBlocks()][info.blockTokens()];
    cachePosition = new int[info.kvBlocks()][info.blockTokens()];
    cachePrevious = new long[info.kvBlocks()][info.blockTokens()];
    seats = new SamplingParams[info.seats()];
    lastToken = new int[info.seats()];
    written = new long[info.seats()][0];
    slots = new Transfers.Ticket[info.slots()];
    for (int[] positions : cachePosition) {
      Arrays.fill(positions, -1);
    }
  }

  @Override
  public ExecutorInfo info() {
    return info;
  }

  @Override
  public Transfers transfers() {
    return transfers;
  }

  public boolean isClosed() {
    return closed;
  }

  @Override
  public void bind(Binding binding) {
    checkUse();
    switch (binding) {
      case Binding.BindSlot bound -> {
        that(slots[bound.slot()] == null, "slot " + bound.slot() + " is bound");
        that(!slotInFlight(bound.slot()), "slot " + bound.slot() + " is in flight");
        slots[bound.slot()] = bound.ticket();
      }
      case Binding.FreeSlot freed -> {
        that(slots[freed.slot()] != null, "slot " + freed.slot() + " is empty");
        that(!slotInFlight(freed.slot()), "slot " + freed.slot() + " is in flight");
        slots[freed.slot()] = null;
      }
      case Binding.BindSeat bound -> {
        that(seats[bound.seat()] == null, "seat " + bound.seat() + " is bound");
        that(!seatInFlight(bound.seat()), "seat " + bound.seat() + " is in flight");
        seats[bound.seat()] = bound.sampling();
        lastToken[bound.seat()] = Step.LAST_TOKEN;
        Arrays.fill(written[bound.seat()], 0);
      }
      case Binding.FreeSeat freed -> {
        that(seats[freed.seat()] != null, "seat " + freed.seat() + " is empty");
        that(!seatInFlight(freed.seat()), "seat " + freed.seat() + " is in flight");
        seats[freed.seat()] = null;
      }
    }
  }

  @Override
  public void submit(Step step) {
    checkUse();
    that(inFlight.size() < info.depth(), "more than " + info.depth() + " steps in flight");
    that(step.id > lastStep, "step ids do not ascend: " + step.id);
    StepCheck.check(step, info);
    for (Work work : inFlight) {
      that(work.step != step, "step " + step.id + " is in flight");
      that(work.sampled, "step " + work.step.id + " was not sampled");
      checkBlocksOfOthers(work.step, step);
    }
    lastStep = step.id;
    inFlight.add(new Work(step));
  }

  @Override
  public void sample(long stepId, LateInputs inputs) {
    checkUse();
    Work work = inFlight.peekLast();
    if (work == null || work.step.id != stepId || work.sampled) {
      throw new AssertionError("step " + stepId + " is not to be sampled");
    }
    work.sampled = true;
    compute(work);
  }

  @Override
  public TakeResult take(long timeoutNanos) {
    checkUse();
    Work work = inFlight.poll();
    if (work == null) {
      throw new AssertionError("nothing is in flight");
    }
    that(work.sampled, "step " + work.step.id + " was not sampled");
    that(work.print == StepCheck.print(work.step), "step " + work.step.id + " was changed");
    return new TakeResult.Done(work.step.id, work.outputs, stepNanos.applyAsLong(work.step.rows));
  }

  @Override
  public void close() {
    that(!closed, "closed before");
    closed = true;
  }

  private void compute(Work work) {
    Step step = work.step;
    long[] adapters = adapters(step);
    for (int row = 0; row < step.rows; row++) {
      int seat = step.seat[step.sequence[row]];
      SamplingParams sampling = seats[seat];
      if (sampling == null) {
        throw new AssertionError("step " + step.id + ": seat " + seat + " is empty");
      }
      int token = step.token[row] == Step.LAST_TOKEN ? lastToken[seat] : step.token[row];
      that(token >= 0, "step " + step.id + ": the last token of seat " + seat + " is unknown");
      long state = write(step, row, token, adapters[row]);
      if (step.emit[row] == Emit.SCORE) {
        work.outputs.add(score(step, row, Script.logprob(state, step.target[row])));
      } else if (step.emit[row] == Emit.HIDDEN) {
        work.outputs.add(new Hidden(row, Script.hidden(state, info.hiddenSize())));
      } else if (step.emit[row] != Emit.NONE) {
        int next = Script.draw(state, sampling, step.position[row] + 1, info.vocabSize());
        lastToken[seat] = next;
        work.outputs.add(output(step, row, next, sampling));
      }
    }
  }

  /** Puts a row into the cache, after a look at all that it attends to. */
  private long write(Step step, int row, int token, long adapters) {
    int position = step.position[row];
    int begin = step.blockBegin[step.sequence[row]];
    long[] own = written(step.seat[step.sequence[row]], position);
    long before = Script.START;
    for (int p = 0; p < position; p++) {
      int block = step.blocks[begin + p / info.blockTokens()];
      int offset = p % info.blockTokens();
      long state = cache[block][offset];
      that(
          cachePosition[block][offset] == p
              && cachePrevious[block][offset] == before
              && (own[p] == 0 || own[p] == state),
          "step " + step.id + ", row " + row + ": position " + p + " is not in the cache");
      before = state;
    }
    long state = Script.fold(before, token, adapters);
    int block = step.blocks[begin + position / info.blockTokens()];
    int offset = position % info.blockTokens();
    cache[block][offset] = state;
    cachePosition[block][offset] = position;
    cachePrevious[block][offset] = before;
    own[position] = state;
    return state;
  }

  private long[] written(int seat, int position) {
    if (written[seat].length <= position) {
      written[seat] = Arrays.copyOf(written[seat], position + 64);
    }
    return written[seat];
  }

  /** What the segments do to each row. */
  private long[] adapters(Step step) {
    long[] adapters = new long[step.rows]; // Script.BASE
    int[] joins = new int[step.rows];
    boolean[] alone = new boolean[step.rows];
    GenerationId previous = GenerationId.BASE;
    for (int segment = 0; segment < step.segments; segment++) {
      Transfers.Ticket ticket = slots[step.slot[segment]];
      if (ticket == null) {
        throw new AssertionError("step " + step.id + ": slot " + step.slot[segment] + " is empty");
      }
      that(ticket.isReady(), "step " + step.id + " would wait for slot " + step.slot[segment]);
      AdapterImage image = ticket.image();
      GenerationId generation = image.generation();
      that(
          previous.compareTo(generation) < 0,
          "step " + step.id + ": segments are not by generation");
      previous = generation;
      for (int i = step.segmentBegin[segment]; i < step.segmentBegin[segment + 1]; i++) {
        int row = step.segmentRow[i];
        float weight = step.segmentWeight[i];
        alone[row] |= !image.composes();
        that(
            !alone[row] || (joins[row] == 0 && weight == 1f),
            "step " + step.id + ": row " + row + " is a sum of what has none");
        joins[row]++;
        adapters[row] = Script.join(adapters[row], generation, weight);
      }
    }
    return adapters;
  }

  private Scored score(Step step, int row, float logprob) {
    int[] ids = new int[step.top[row]];
    float[] logprobs = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (step.target[row] + i) % info.vocabSize();
      logprobs[i] = logprob - i;
    }
    return new Scored(row, logprob, 1, ids, logprobs);
  }

  private Sampled output(Step step, int row, int token, SamplingParams sampling) {
    boolean probabilities = sampling.topLogprobs() >= 0;
    int tops = Math.max(0, sampling.topLogprobs());
    int[] ids = tops == 0 ? NO_IDS : new int[tops];
    float[] logprobs = tops == 0 ? NO_FLOATS : new float[tops];
    for (int i = 0; i < tops; i++) {
      ids[i] = (token + i) % info.vocabSize();
      logprobs[i] = -0.5f - i;
    }
    float[] logits = NO_FLOATS;
    if (step.emit[row] == Emit.LOGITS) {
      logits = new float[info.vocabSize()];
      logits[token] = 1f;
    }
    return new Sampled(row, token, probabilities ? -0.5f : Float.NaN, ids, logprobs, logits);
  }

  private void checkBlocksOfOthers(Step earlier, Step later) {
    int[] seatOf = new int[info.kvBlocks()];
    Arrays.fill(seatOf, -1);
    for (int s = 0; s < earlier.sequences; s++) {
      for (int i = earlier.blockBegin[s]; i < earlier.blockBegin[s + 1]; i++) {
        seatOf[earlier.blocks[i]] = earlier.seat[s];
      }
    }
    for (int s = 0; s < later.sequences; s++) {
      for (int i = later.blockBegin[s]; i < later.blockBegin[s + 1]; i++) {
        int seat = seatOf[later.blocks[i]];
        that(
            seat == -1 || seat == later.seat[s],
            "step " + later.id + " uses block " + later.blocks[i] + " of step " + earlier.id);
      }
    }
  }

  private boolean slotInFlight(int slot) {
    for (Work work : inFlight) {
      for (int i = 0; i < work.step.segments; i++) {
        if (work.step.slot[i] == slot) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean seatInFlight(int seat) {
    for (Work work : inFlight) {
      for (int i = 0; i < work.step.sequences; i++) {
        if (work.step.seat[i] == seat) {
          return true;
        }
      }
    }
    return false;
  }

  private void checkUse() {
    that(!closed, "it is closed");
    that(Thread.currentThread() == owner, "another thread than the owner");
  }
}
