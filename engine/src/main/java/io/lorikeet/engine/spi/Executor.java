package io.lorikeet.engine.spi;

/**
 * Runs steps on one back end. Confined to the thread that opened it, except {@link #transfers()}.
 *
 * <p>Life of a step: {@code bind*, submit, sample, take}. With a depth above 1 the next step may be
 * submitted and sampled before the previous one is taken; steps are taken oldest first.
 */
public interface Executor extends AutoCloseable {
  ExecutorInfo info();

  /** Copies adapter images to where steps can use them. Thread-safe. */
  Transfers transfers();

  /** Changes a slot or a seat; ordered before the next submit. */
  void bind(Binding binding);

  /**
   * Starts the forward pass. The step belongs to the executor until it was taken. Returns at once
   * on a device.
   */
  void submit(Step step);

  /**
   * Draws tokens for the emitting rows of a submitted step, with inputs that were computed while
   * the forward pass ran.
   */
  void sample(long stepId, LateInputs inputs);

  /**
   * The oldest step's outcome; waits at most {@code timeoutNanos}. After {@link
   * TakeResult.StepFailed} nothing is in flight any more; after {@link TakeResult.Lost} only {@link
   * #close} may follow.
   */
  TakeResult take(long timeoutNanos);

  /** Gives everything back, also after {@link TakeResult.Lost}; throws nothing. */
  @Override
  void close();
}
