package io.lorikeet.gpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.lorikeet.engine.sample.Drawn;
import io.lorikeet.engine.sample.Sampler;
import io.lorikeet.engine.spi.Emit;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.TakeResult.Hidden;
import io.lorikeet.engine.spi.TakeResult.RowFailed;
import io.lorikeet.engine.spi.TakeResult.RowOutput;
import io.lorikeet.engine.spi.TakeResult.Sampled;
import io.lorikeet.engine.spi.TakeResult.Scored;
import io.lorikeet.engine.step.Seats;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.gpu.driver.PinnedBuffer;
import io.lorikeet.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Draws or scores the tokens of a step's emitting rows on the host, by the CPU's sampler, and hands
 * out hidden states.
 */
final class RowOutputs {
  private static final float[] NO_LOGITS = {};

  private final StepRows rows;
  private final Seats seats;
  private final PinnedBuffer logits; // [emitting rows, vocab]
  private final PinnedBuffer hidden; // [hidden rows, hidden]
  private final int hiddenSize;
  private final Sampler sampler;
  private final float[] row; // [vocab]

  RowOutputs(
      Kernels kernels,
      StepRows rows,
      Seats seats,
      PinnedBuffer logits,
      int vocab,
      PinnedBuffer hidden,
      int hiddenSize) {
    this.rows = rows;
    this.seats = seats;
    this.logits = logits;
    this.hidden = hidden;
    this.hiddenSize = hiddenSize;
    sampler = new Sampler(kernels, vocab);
    row = new float[vocab];
  }

  /** Remembers the seats' last tokens, and returns one entry per emitting row. */
  List<RowOutput> of(Step step) {
    int emitting = 0;
    int hiding = 0;
    List<RowOutput> outputs = new ArrayList<>(rows.emittingCount + rows.hiddenCount);
    for (int r = 0; r < rows.count; r++) {
      switch (step.emit[r]) {
        case NONE -> {}
        case HIDDEN -> outputs.add(hidden(r, hiding++));
        case SAMPLE, LOGITS, SCORE -> {
          MemorySegment.copy(logits.segment(), JAVA_FLOAT, at(emitting++), row, 0, row.length);
          outputs.add(step.emit[r] == Emit.SCORE ? score(step, r) : draw(step, r));
        }
      }
    }
    return outputs;
  }

  private long at(int emitting) {
    return (long) emitting * row.length * Float.BYTES;
  }

  private RowOutput draw(Step step, int r) {
    int seat = step.seat[step.sequence[r]];
    return switch (sampler.draw(
        row, 0, seats.sampling(seat), seats.history(seat), rows.position[r] + 1)) {
      case Drawn.Token token -> {
        seats.drawn(seat, token.id());
        float[] raw = step.emit[r] == Emit.LOGITS ? row.clone() : NO_LOGITS;
        yield new Sampled(r, token.id(), token.logprob(), token.topIds(), token.topLogprobs(), raw);
      }
      case Drawn.Impossible impossible -> new RowFailed(r, impossible.reason());
    };
  }

  private RowOutput score(Step step, int r) {
    return switch (sampler.score(row, 0, step.target[r], step.top[r])) {
      case Drawn.Token token ->
          new Scored(
              r,
              token.logprob(),
              sampler.rank(row, 0, step.target[r]),
              token.topIds(),
              token.topLogprobs());
      case Drawn.Impossible impossible -> new RowFailed(r, impossible.reason());
    };
  }

  private RowOutput hidden(int r, int index) {
    float[] values = new float[hiddenSize];
    long from = (long) index * hiddenSize * Float.BYTES;
    MemorySegment.copy(hidden.segment(), JAVA_FLOAT, from, values, 0, hiddenSize);
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return new RowFailed(r, "the hidden state holds NaN or infinity");
      }
    }
    return new Hidden(r, values);
  }
}
