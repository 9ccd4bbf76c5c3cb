package io.lorikeet.gpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

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
import io.lorikeet.gpu.driver.PinnedBuffer;
import io.lorikeet.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What a step's rows gave out, made of what the device drew and of the rows of logits and hidden
 * states that went to the host: log probabilities and scores are found there, by the CPU's sampler.
 */
final class RowOutputs {
  private static final float[] NO_LOGITS = {};
  private static final int[] NO_IDS = {};

  private final Seats seats;
  private final PinnedBuffer logits; // [rows whose logits are wanted, vocab]
  private final PinnedBuffer hidden; // [hidden rows, hidden]
  private final int hiddenSize;
  private final Sampler sampler;
  private final float[] row; // [vocab]

  RowOutputs(
      Kernels kernels,
      Seats seats,
      PinnedBuffer logits,
      int vocab,
      PinnedBuffer hidden,
      int hiddenSize) {
    this.seats = seats;
    this.logits = logits;
    this.hidden = hidden;
    this.hiddenSize = hiddenSize;
    sampler = new Sampler(kernels, vocab);
    row = new float[vocab];
  }

  /** Whether the host needs the logits of a row. */
  boolean needsLogits(Step step, int r) {
    return switch (step.emit[r]) {
      case SCORE, LOGITS -> true;
      case SAMPLE -> seats.sampling(step.seat[step.sequence[r]]).topLogprobs() >= 0;
      case NONE, HIDDEN -> false;
    };
  }

  /**
   * Remembers the seats' last tokens, and returns one entry per emitting row.
   *
   * @param drawn tokens of the rows that draw, in their order
   */
  List<RowOutput> of(Step step, PinnedBuffer drawn) {
    int drawing = 0;
    int wanted = 0;
    int hiding = 0;
    List<RowOutput> outputs = new ArrayList<>();
    for (int r = 0; r < step.rows; r++) {
      if (needsLogits(step, r)) {
        long at = (long) wanted++ * row.length * Float.BYTES;
        MemorySegment.copy(logits.segment(), JAVA_FLOAT, at, row, 0, row.length);
      }
      switch (step.emit[r]) {
        case NONE -> {}
        case HIDDEN -> outputs.add(hidden(r, hiding++));
        case SCORE -> outputs.add(score(step, r));
        case SAMPLE, LOGITS ->
            outputs.add(drawn(step, r, drawn.segment().getAtIndex(JAVA_INT, drawing++)));
      }
    }
    return outputs;
  }

  private RowOutput drawn(Step step, int r, int token) {
    int seat = step.seat[step.sequence[r]];
    if (token < 0) {
      seats.drewNothing(seat);
      return new RowFailed(r, DeviceSampler.undrawn(token).reason());
    }
    seats.drawn(seat, token);
    float[] raw = step.emit[r] == Emit.LOGITS ? row.clone() : NO_LOGITS;
    int top = seats.sampling(seat).topLogprobs();
    if (top < 0) {
      return new Sampled(r, token, Float.NaN, NO_IDS, NO_LOGITS, raw);
    }
    return switch (sampler.score(row, 0, token, top)) {
      case Drawn.Token of ->
          new Sampled(r, token, of.logprob(), of.topIds(), of.topLogprobs(), raw);
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
