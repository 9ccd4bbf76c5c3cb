package io.lorikeet.engine.spi;

import io.lorikeet.engine.spi.TakeResult.Hidden;
import io.lorikeet.engine.spi.TakeResult.RowOutput;
import io.lorikeet.engine.spi.TakeResult.Sampled;
import io.lorikeet.engine.spi.TakeResult.Scored;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The cheapest executor there is: a token follows from the one before it and its position. */
public final class NullExecutor implements Executor {
  private static final int[] NO_IDS = {};
  private static final float[] NO_FLOATS = {};

  private final ExecutorInfo info;
  private final int[] lastToken;
  private final int[] topCount; // [seats] -1: no log probabilities
  private final Deque<TakeResult.Done> done = new ArrayDeque<>();
  private @Nullable Step submitted;

  public NullExecutor(ExecutorInfo info) {
    this.info = info;
    lastToken = new int[info.seats()];
    topCount = new int[info.seats()];
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
      topCount[bound.seat()] = bound.sampling().topLogprobs();
    }
  }

  @Override
  public void submit(Step step) {
    submitted = step;
  }

  @Override
  public void sample(long stepId, LateInputs inputs) {
    Step step = submitted;
    if (step == null || step.id != stepId) {
      throw new AssertionError("step " + stepId + " was not submitted last");
    }
    List<RowOutput> outputs = new ArrayList<>(step.sequences);
    for (int row = 0; row < step.rows; row++) {
      if (step.emit[row] == Emit.SCORE) {
        int[] tops = new int[step.top[row]];
        for (int i = 0; i < tops.length; i++) {
          tops[i] = (step.target[row] + i) % info.vocabSize();
        }
        outputs.add(new Scored(row, 0f, 1, tops, new float[tops.length]));
      } else if (step.emit[row] == Emit.HIDDEN) {
        float[] hidden = new float[info.hiddenSize()];
        hidden[0] = step.token[row] * 31 + step.position[row];
        outputs.add(new Hidden(row, hidden));
      } else if (step.emit[row] != Emit.NONE) {
        int seat = step.seat[step.sequence[row]];
        int token = step.token[row] == Step.LAST_TOKEN ? lastToken[seat] : step.token[row];
        int next = (token * 31 + step.position[row] * 7 + 1) % info.vocabSize();
        lastToken[seat] = next;
        outputs.add(output(step, row, next, topCount[seat]));
      }
    }
    done.add(new TakeResult.Done(stepId, outputs, 1_000L * step.rows));
  }

  @Override
  public TakeResult take(long timeoutNanos) {
    return done.remove();
  }

  @Override
  public void close() {}

  private Sampled output(Step step, int row, int token, int tops) {
    float logprob = tops < 0 ? Float.NaN : 0f;
    int[] ids = tops <= 0 ? NO_IDS : new int[tops];
    float[] logprobs = tops <= 0 ? NO_FLOATS : new float[tops];
    return new Sampled(row, token, logprob, ids, logprobs, logits(step, row, token));
  }

  private float[] logits(Step step, int row, int token) {
    if (step.emit[row] != Emit.LOGITS) {
      return NO_FLOATS;
    }
    float[] logits = new float[info.vocabSize()];
    logits[token] = 1f;
    return logits;
  }
}
