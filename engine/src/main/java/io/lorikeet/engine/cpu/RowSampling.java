package io.lorikeet.engine.cpu;

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
import io.lorikeet.kernels.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Draws or scores the tokens of a step's emitting rows, the rows spread over the workers, and hands
 * out hidden states.
 */
final class RowSampling {
  private static final float[] NO_LOGITS = {};

  private final WorkerPool pool;
  private final StepRows rows;
  private final Seats seats;
  private final Panel logits;
  private final Panel hidden;
  private final Sampler[] samplers; // one per part
  private final Drawn[] drawn; // [emitting rows]
  private final int[] rank; // [emitting rows] of those that score
  private final int[] seat; // [emitting rows]
  private final WorkerPool.Task draw = this::draw;
  private Step step = new Step(1, 1, 1);

  RowSampling(
      Kernels kernels,
      WorkerPool pool,
      StepRows rows,
      Seats seats,
      Panel logits,
      Panel hidden,
      int rowsMax) {
    this.pool = pool;
    this.rows = rows;
    this.seats = seats;
    this.logits = logits;
    this.hidden = hidden;
    samplers = new Sampler[pool.parts()];
    Arrays.setAll(samplers, w -> new Sampler(kernels, logits.width()));
    drawn = new Drawn[rowsMax];
    rank = new int[rowsMax];
    seat = new int[rowsMax];
  }

  /** Draws, remembers the seats' last tokens, and returns one entry per emitting row. */
  List<RowOutput> run(Step next) {
    step = next;
    int count = rows.emittingCount;
    for (int e = 0; e < count; e++) {
      seat[e] = step.seat[step.sequence[rows.emitting[e]]];
    }
    if (count == 1) {
      draw(0);
    } else if (count > 1) {
      pool.run(draw);
    }
    List<RowOutput> outputs = new ArrayList<>(count + rows.hiddenCount);
    int h = 0;
    for (int e = 0; e < count; e++) {
      while (h < rows.hiddenCount && rows.hidden[h] < rows.emitting[e]) {
        outputs.add(hidden(h++));
      }
      outputs.add(output(e));
    }
    while (h < rows.hiddenCount) {
      outputs.add(hidden(h++));
    }
    return outputs;
  }

  private RowOutput hidden(int h) {
    int begin = hidden.at(rows.emittingCount + h);
    float[] values = Arrays.copyOfRange(hidden.data(), begin, begin + hidden.width());
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return new RowFailed(rows.hidden[h], "the hidden state holds NaN or infinity");
      }
    }
    return new Hidden(rows.hidden[h], values);
  }

  private void draw(int part) {
    for (int e = pool.turn(part); e < rows.emittingCount; e += pool.parts()) {
      int row = rows.emitting[e];
      drawn[e] =
          step.emit[row] == Emit.SCORE
              ? samplers[part].score(logits.data(), logits.at(e), step.target[row], step.top[row])
              : samplers[part].draw(
                  logits.data(),
                  logits.at(e),
                  seats.sampling(seat[e]),
                  seats.history(seat[e]),
                  rows.position[row] + 1);
      if (step.emit[row] == Emit.SCORE) {
        rank[e] = samplers[part].rank(logits.data(), logits.at(e), step.target[row]);
      }
    }
  }

  private RowOutput output(int e) {
    int row = rows.emitting[e];
    return switch (drawn[e]) {
      case Drawn.Token token when step.emit[row] == Emit.SCORE ->
          new Scored(row, token.logprob(), rank[e], token.topIds(), token.topLogprobs());
      case Drawn.Token token -> {
        seats.drawn(seat[e], token.id());
        float[] raw = step.emit[row] == Emit.LOGITS ? copy(e) : NO_LOGITS;
        yield new Sampled(
            row, token.id(), token.logprob(), token.topIds(), token.topLogprobs(), raw);
      }
      case Drawn.Impossible impossible -> new RowFailed(row, impossible.reason());
    };
  }

  private float[] copy(int e) {
    int begin = logits.at(e);
    return Arrays.copyOfRange(logits.data(), begin, begin + logits.width());
  }
}
