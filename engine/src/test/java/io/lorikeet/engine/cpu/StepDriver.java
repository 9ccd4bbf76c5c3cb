package io.lorikeet.engine.cpu;

import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Emit;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.LateInputs;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.TakeResult;
import io.lorikeet.engine.spi.TakeResult.Done;
import io.lorikeet.engine.spi.TakeResult.Hidden;
import io.lorikeet.engine.spi.TakeResult.RowFailed;
import io.lorikeet.engine.spi.TakeResult.RowOutput;
import io.lorikeet.engine.spi.TakeResult.Sampled;
import io.lorikeet.engine.spi.TakeResult.Scored;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Drives an executor with requests in one batch, much simpler than a scheduler: every sequence has
 * its blocks and its seat from the start, and takes part in every step that has room.
 */
public final class StepDriver {
  private static final int JOINS_MAX = 4;

  private final Executor executor;
  private final Random random;
  private final IntUnaryOperator chunk;
  private final Step step;
  private long lastStep;

  /**
   * @param random orders blocks, seats and sequences, and draws how tokens are named
   * @param chunk prefill rows of a sequence in a step, given how many are left
   */
  public StepDriver(Executor executor, Random random, IntUnaryOperator chunk) {
    this.executor = executor;
    this.random = random;
    this.chunk = chunk;
    this.step = new Step(executor.info().rowsMax(), executor.info().kvBlocks(), JOINS_MAX);
  }

  /** Runs all requests to their ends and returns their answers, in their order. */
  public List<Answer> run(List<Request> requests) {
    List<Integer> blocks = shuffled(executor.info().kvBlocks());
    List<Integer> seats = shuffled(executor.info().seats());
    List<Sequence> sequences = new ArrayList<>();
    int next = 0;
    for (Request request : requests) {
      int end = next + Math.ceilDiv(request.length(), executor.info().blockTokens());
      int seat = seats.get(sequences.size());
      executor.bind(new Binding.BindSeat(seat, request.sampling()));
      sequences.add(new Sequence(request, seat, blocks.subList(next, end)));
      next = end;
    }
    while (sequences.stream().anyMatch(Sequence::running)) {
      step(sequences);
    }
    sequences.forEach(s -> executor.bind(new Binding.FreeSeat(s.seat)));
    return sequences.stream().map(Sequence::answer).toList();
  }

  private void step(List<Sequence> sequences) {
    step.clear(++lastStep);
    List<Sequence> members = new ArrayList<>();
    Map<Integer, List<Join>> joins = new TreeMap<>();
    List<Sequence> order = new ArrayList<>(sequences);
    Collections.shuffle(order, random);
    for (Sequence sequence : order) {
      int first = step.rows;
      if (sequence.running() && sequence.addRows() > 0) {
        members.add(sequence);
        join(sequence.request, first, joins);
      }
    }
    joins.forEach(this::addSegment);
    executor.submit(step);
    executor.sample(step.id, LateInputs.NONE);
    switch (executor.take(Long.MAX_VALUE)) {
      case Done done -> done.outputs().forEach(output -> take(output, members));
      case TakeResult other -> throw new AssertionError("step " + step.id + ": " + other);
    }
  }

  private record Join(int row, float weight) {}

  private void join(Request request, int first, Map<Integer, List<Join>> joins) {
    for (Request.Join join : request.joins()) {
      List<Join> rows = joins.computeIfAbsent(join.slot(), slot -> new ArrayList<>());
      for (int row = first; row < step.rows; row++) {
        if (step.position[row] >= join.from()) {
          rows.add(new Join(row, join.weight()));
        }
      }
    }
  }

  private void addSegment(int slot, List<Join> rows) {
    int at = step.segmentBegin[step.segments];
    step.slot[step.segments++] = slot;
    for (Join join : rows) {
      step.segmentRow[at] = join.row;
      step.segmentWeight[at++] = join.weight;
    }
    step.segmentBegin[step.segments] = at;
  }

  private void take(RowOutput output, List<Sequence> members) {
    Sequence sequence = members.get(step.sequence[output.row()]);
    switch (output) {
      case Sampled sampled -> sequence.take(sampled, step.position[output.row()]);
      case Hidden hidden -> throw new AssertionError("nobody asked for " + hidden);
      case Scored score -> throw new AssertionError("nobody asked for " + score);
      case RowFailed failed -> sequence.failure = failed.reason();
    }
  }

  private List<Integer> shuffled(int count) {
    List<Integer> numbers =
        IntStream.range(0, count).boxed().collect(Collectors.toCollection(ArrayList::new));
    Collections.shuffle(numbers, random);
    return numbers;
  }

  private final class Sequence {
    final Request request;
    final int seat;
    final List<Integer> blocks;
    final List<Integer> tokens = new ArrayList<>(); // prompt and drawn
    final Map<Integer, float[]> logits = new HashMap<>();
    String failure = "";
    int submitted; // positions

    Sequence(Request request, int seat, List<Integer> blocks) {
      this.request = request;
      this.seat = seat;
      this.blocks = blocks;
      for (int token : request.prompt()) {
        tokens.add(token);
      }
    }

    boolean running() {
      return failure.isEmpty() && tokens.size() < request.length();
    }

    int addRows() {
      int left = Math.min(tokens.size() - submitted, step.token.length - step.rows);
      int rows = left == 0 ? 0 : Math.min(left, chunk.applyAsInt(left));
      if (rows == 0) {
        return 0;
      }
      int index = step.sequences++;
      step.seat[index] = seat;
      step.promptLength[index] = request.prompt().length;
      int at = step.blockBegin[index];
      for (int block : blocks) {
        step.blocks[at++] = block;
      }
      step.blockBegin[index + 1] = at;
      for (int i = 0; i < rows; i++) {
        addRow(index, submitted++);
      }
      return rows;
    }

    private void addRow(int index, int position) {
      int row = step.rows++;
      boolean ofSeat = position >= request.prompt().length && random.nextBoolean();
      step.token[row] = ofSeat ? Step.LAST_TOKEN : tokens.get(position);
      step.position[row] = position;
      step.sequence[row] = index;
      step.emit[row] = Emit.LOGITS;
    }

    void take(Sampled sampled, int position) {
      logits.put(position, sampled.logits());
      if (position + 1 == tokens.size()) {
        tokens.add(sampled.token());
      }
    }

    Answer answer() {
      int from = request.prompt().length;
      return new Answer(List.copyOf(tokens.subList(from, tokens.size())), logits, failure);
    }
  }
}
