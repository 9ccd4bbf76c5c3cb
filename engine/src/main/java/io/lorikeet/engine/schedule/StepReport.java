package io.lorikeet.engine.schedule;

/**
 * What one {@link StepLoop#step} did.
 *
 * @param admitted sequences that got a seat
 * @param preempted sequences that lost it for want of KV blocks
 * @param prefillRows submitted rows whose successor was known
 * @param sampleRows submitted rows that draw a token
 * @param tokens tokens delivered
 * @param ended sequences that ended
 */
public record StepReport(
    Outcome outcome,
    int admitted,
    int preempted,
    int prefillRows,
    int sampleRows,
    int tokens,
    int ended) {
  /** What became of the oldest step in flight. */
  public sealed interface Outcome {}

  /** No step is in flight. */
  public record Idle() implements Outcome {}

  /** The oldest step is not finished yet. */
  public record Pending() implements Outcome {}

  /**
   * The oldest step is finished.
   *
   * @param rows rows that it had
   * @param elapsedNanos its measured cost
   */
  public record Done(long stepId, int rows, long elapsedNanos) implements Outcome {}

  /** The step failed as a whole; its sequences are tried again in halves. */
  public record StepFailed(long stepId, String reason) implements Outcome {}

  /**
   * The executor is lost and was closed; nothing runs until {@link StepLoop#rebuilt}.
   *
   * @param rebuild false: too many were lost within an hour, the owner should give up
   */
  public record Lost(String reason, boolean rebuild) implements Outcome {}
}
