package io.lorikeet.engine.spi;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntSupplier;

/**
 * Makes a device of depth 2 of an executor of depth 1: binds, steps and draws are done in their
 * order, but only when their outcome is taken, and that comes late.
 */
public final class DelayedExecutor implements Executor {
  private static final int DEPTH = 2;

  private sealed interface Command {}

  private record Bind(Binding binding) implements Command {}

  private record Submit(Step step) implements Command {}

  private record Draw(long step, LateInputs inputs) implements Command {}

  private final Executor inner;
  private final IntSupplier delays;
  private final Deque<Command> commands = new ArrayDeque<>();
  private final Deque<Long> steps = new ArrayDeque<>();
  private int delay;
  private boolean started; // the oldest step runs on the inner executor
  private boolean closed;

  /**
   * @param delays how often a step is {@link TakeResult.Pending} before it is done
   */
  public DelayedExecutor(Executor inner, IntSupplier delays) {
    this.inner = inner;
    this.delays = delays;
    delay = delays.getAsInt();
  }

  @Override
  public ExecutorInfo info() {
    return Infos.withDepth(inner.info(), "delayed " + inner.info().backend(), DEPTH);
  }

  @Override
  public Transfers transfers() {
    return inner.transfers();
  }

  @Override
  public void bind(Binding binding) {
    add(new Bind(binding));
  }

  @Override
  public void submit(Step step) {
    StepCheck.that(steps.size() < DEPTH, "more than " + DEPTH + " steps in flight");
    steps.add(step.id);
    add(new Submit(step));
  }

  @Override
  public void sample(long stepId, LateInputs inputs) {
    add(new Draw(stepId, inputs));
  }

  @Override
  public TakeResult take(long timeoutNanos) {
    StepCheck.that(!steps.isEmpty(), "nothing is in flight");
    if (delay > 0) {
      delay--;
      return new TakeResult.Pending();
    }
    startOldest();
    TakeResult result = inner.take(timeoutNanos);
    switch (result) {
      case TakeResult.Pending pending -> {}
      case TakeResult.Done done -> {
        steps.remove();
        next();
      }
      case TakeResult.StepFailed failed -> {
        steps.clear();
        commands.removeIf(command -> !(command instanceof Bind));
        next();
      }
      case TakeResult.Lost lost -> commands.clear();
    }
    return result;
  }

  @Override
  public void close() {
    closed = true;
    inner.close();
  }

  private void add(Command command) {
    StepCheck.that(!closed, "it is closed");
    commands.add(command);
  }

  private void next() {
    started = false;
    delay = delays.getAsInt();
  }

  private void startOldest() {
    while (!started) {
      switch (commands.remove()) {
        case Bind bind -> inner.bind(bind.binding);
        case Submit submit -> inner.submit(submit.step);
        case Draw draw -> {
          inner.sample(draw.step, draw.inputs);
          started = true;
        }
      }
    }
  }
}
