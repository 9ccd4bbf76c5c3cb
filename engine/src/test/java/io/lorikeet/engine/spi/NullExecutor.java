package io.lorikeet.engine.spi;

import io.lorikeet.engine.spi.TakeResult.RowOutput;
import io.lorikeet.engine.spi.TakeResult.Sampled;
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
  private final Deque<TakeResult.Done> done = new ArrayDeque<>();
  private @Nullable Step submitted;

  public NullExecutor(ExecutorInfo info) {
    this.info = info;
    lastToken = new int[info.seats()];
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
  public void bind(Binding binding) {}

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
      if (step.emit[row] != Emit.NONE) {
        int seat = step.seat[step.sequence[row]];
        int token = step.token[row] == Step.LAST_TOKEN ? lastToken[seat] : step.token[row];
        int next = (token * 31 + step.position[row] * 7 + 1) % info.vocabSize();
        lastToken[seat] = next;
        outputs.add(new Sampled(row, next, Float.NaN, NO_IDS, NO_FLOATS, logits(step, row, next)));
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

  private float[] logits(Step step, int row, int token) {
    if (step.emit[row] != Emit.LOGITS) {
      return NO_FLOATS;
    }
    float[] logits = new float[info.vocabSize()];
    logits[token] = 1f;
    return logits;
  }
}
