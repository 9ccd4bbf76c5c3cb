package io.lorikeet.engine.spi;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.TakeResult.RowOutput;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Runs hand-made steps on an executor; keeps as many in flight as it is deep. */
public final class StepDriver implements AutoCloseable {
  private static final long TAKE_NANOS = 100_000_000;
  private static final int PATIENCE = 600;

  /**
   * Where a sequence lives.
   *
   * @param joins its adapters; empty for the base model
   * @param blocks its block table
   */
  public record Place(int seat, List<Join> joins, int[] blocks) {
    public static final int BASE = -1;

    /** With the adapter in a slot, or {@link #BASE}. */
    public Place(int seat, int slot, int[] blocks) {
      this(seat, slot == BASE ? List.of() : List.of(new Join(slot, 1f, 0)), blocks);
    }
  }

  /** Rows from position {@code from} on join the segment of a slot. */
  public record Join(int slot, float weight, int from) {}

  /**
   * Consecutive rows of one sequence.
   *
   * @param first position of the first row
   * @param tokens [rows]
   * @param last what the last row emits; rows before it emit nothing
   * @param targets [rows] of rows that score; then all do, or all give their hidden states
   * @param top most likely tokens that they name
   */
  public record Chunk(
      Place place, int promptLength, int first, int[] tokens, Emit last, int[] targets, int top) {
    public Chunk(Place place, int promptLength, int first, int[] tokens, Emit last) {
      this(place, promptLength, first, tokens, last, new int[0], 0);
    }
  }

  private final Executor executor;
  private final ExecutorInfo info;
  private final List<List<RowOutput>> taken = new ArrayList<>();
  private final Deque<Long> inFlight = new ArrayDeque<>();
  private final Map<Integer, GenerationId> slots = new HashMap<>();
  private long ids;

  public StepDriver(Executor executor) {
    this.executor = executor;
    info = executor.info();
  }

  public ExecutorInfo info() {
    return info;
  }

  public void seat(int seat, SamplingParams sampling) {
    executor.bind(new Binding.BindSeat(seat, sampling));
  }

  /** Seats a sequence that has these tokens. */
  public void seat(int seat, SamplingParams sampling, Binding.Tokens tokens) {
    executor.bind(new Binding.BindSeat(seat, sampling, tokens));
  }

  public void freeSeat(int seat) {
    executor.bind(new Binding.FreeSeat(seat));
  }

  public void slot(int slot, Transfers.Ticket ticket) {
    slots.put(slot, ticket.image().generation());
    executor.bind(new Binding.BindSlot(slot, ticket));
  }

  public void freeSlot(int slot) {
    executor.bind(new Binding.FreeSlot(slot));
  }

  /** The step of these chunks, its segments ordered by the generation of their adapters. */
  public Step step(Chunk... chunks) {
    Step step = new Step(info.rowsMax(), info.kvBlocks(), info.slots());
    step.clear(++ids);
    TreeMap<Integer, Map<Integer, Float>> segments =
        new TreeMap<>(Comparator.comparing(slot -> slots.getOrDefault(slot, GenerationId.BASE)));
    for (Chunk chunk : chunks) {
      add(step, chunk);
      for (Join join : chunk.place.joins) {
        join(step, chunk, join, segments.computeIfAbsent(join.slot, s -> new TreeMap<>()));
      }
    }
    segments.forEach((slot, rows) -> addSegment(step, slot, rows));
    return step;
  }

  private static void join(Step step, Chunk chunk, Join join, Map<Integer, Float> rows) {
    for (int row = step.rows - chunk.tokens.length; row < step.rows; row++) {
      if (step.position[row] >= join.from) {
        rows.put(row, join.weight);
      }
    }
  }

  private static void addSegment(Step step, int slot, Map<Integer, Float> rows) {
    if (rows.isEmpty()) {
      return;
    }
    step.slot[step.segments++] = slot;
    int at = step.segmentBegin[step.segments - 1];
    for (Map.Entry<Integer, Float> join : rows.entrySet()) {
      step.segmentRow[at] = join.getKey();
      step.segmentWeight[at++] = join.getValue();
    }
    step.segmentBegin[step.segments] = at;
  }

  /** Submits a step and lets it draw; takes older ones first where it is not deep enough. */
  public void submit(Step step) {
    while (inFlight.size() == info.depth()) {
      take();
    }
    executor.submit(step);
    executor.sample(step.id, LateInputs.NONE);
    inFlight.add(step.id);
  }

  /** Runs one step by itself. */
  public List<RowOutput> run(Chunk... chunks) {
    drain();
    submit(step(chunks));
    return drain().getLast();
  }

  /** Takes all that is in flight; outputs of all steps that were taken since the last drain. */
  public List<List<RowOutput>> drain() {
    while (!inFlight.isEmpty()) {
      take();
    }
    List<List<RowOutput>> all = List.copyOf(taken);
    taken.clear();
    return all;
  }

  /** The oldest step's outcome, which must come within a minute. */
  public TakeResult takeAny() {
    for (int i = 0; i < PATIENCE; i++) {
      TakeResult result = executor.take(TAKE_NANOS);
      if (!(result instanceof TakeResult.Pending)) {
        return result;
      }
    }
    throw new AssertionError("no step is done within a minute");
  }

  private void take() {
    TakeResult result = takeAny();
    if (!(result instanceof TakeResult.Done done)) {
      throw new AssertionError("the step must be done. Given: " + result);
    }
    long oldest = inFlight.remove();
    StepCheck.that(done.stepId() == oldest, "step " + done.stepId() + " instead of " + oldest);
    StepCheck.that(done.elapsedNanos() >= 0, "a step took " + done.elapsedNanos() + " ns");
    taken.add(done.outputs());
  }

  private void add(Step step, Chunk chunk) {
    int sequence = step.sequences++;
    step.seat[sequence] = chunk.place.seat;
    step.promptLength[sequence] = chunk.promptLength;
    int end = chunk.first + chunk.tokens.length;
    int blocks = (end + info.blockTokens() - 1) / info.blockTokens();
    int begin = step.blockBegin[sequence];
    System.arraycopy(chunk.place.blocks, 0, step.blocks, begin, blocks);
    step.blockBegin[sequence + 1] = begin + blocks;
    for (int i = 0; i < chunk.tokens.length; i++) {
      int row = step.rows++;
      step.token[row] = chunk.tokens[i];
      step.position[row] = chunk.first + i;
      step.sequence[row] = sequence;
      boolean scores = chunk.targets.length > 0;
      step.emit[row] = scores || i == chunk.tokens.length - 1 ? chunk.last : Emit.NONE;
      step.target[row] = scores ? chunk.targets[i] : 0;
      step.top[row] = chunk.top;
    }
  }

  @Override
  public void close() {
    executor.close();
  }
}
