package io.lorikeet.benchmarks.streams;

import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.LateInputs;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.TakeResult;
import io.lorikeet.engine.spi.TakeResult.RowOutput;
import io.lorikeet.engine.spi.TakeResult.Sampled;
import io.lorikeet.engine.spi.Tickets;
import io.lorikeet.engine.spi.Transfers;
import java.util.ArrayList;
import java.util.List;

/**
 * Computes nothing: every sequence draws the tokens of a phrase, over and over, from the place that
 * its position gives, without a doubt.
 */
final class PhraseExecutor implements Executor {
  private static final int[] NO_IDS = {};
  private static final float[] NO_FLOATS = {};

  private final ExecutorInfo info;
  private final int[] phrase;
  private final boolean[] named; // [seats] whether log probabilities are asked for
  private List<RowOutput> outputs = List.of();
  private Step submitted = new Step(1, 1, 1);

  PhraseExecutor(ExecutorInfo info, int[] phrase) {
    this.info = info;
    this.phrase = phrase;
    this.named = new boolean[info.seats()];
  }

  @Override
  public ExecutorInfo info() {
    return info;
  }

  @Override
  public Transfers transfers() {
    return Tickets.Ready::new;
  }

  @Override
  public void bind(Binding binding) {
    if (binding instanceof Binding.BindSeat bound) {
      named[bound.seat()] = bound.sampling().topLogprobs() >= 0;
    }
  }

  @Override
  public void submit(Step step) {
    submitted = step;
  }

  @Override
  public void sample(long stepId, LateInputs inputs) {
    outputs = new ArrayList<>(submitted.sequences);
    for (int row = 0; row < submitted.rows; row++) {
      switch (submitted.emit[row]) {
        case NONE -> {}
        case SAMPLE -> outputs.add(drawn(row));
        case LOGITS, SCORE, HIDDEN ->
            throw new IllegalArgumentException("it only draws. Given: " + submitted.emit[row]);
      }
    }
  }

  private Sampled drawn(int row) {
    int token = phrase[submitted.position[row] % phrase.length];
    float logprob = named[submitted.seat[submitted.sequence[row]]] ? 0f : Float.NaN;
    return new Sampled(row, token, logprob, NO_IDS, NO_FLOATS, NO_FLOATS);
  }

  @Override
  public TakeResult take(long timeoutNanos) {
    return new TakeResult.Done(submitted.id, outputs, 1_000L * submitted.rows);
  }

  @Override
  public void close() {}
}
