package io.lorikeet.engine.schedule;

import io.lorikeet.engine.error.ErrorCode;
import java.util.Optional;

/** Refuses what can never run, or not now, before it costs anything. */
final class Gate {
  private final int waitingMax;
  private final int adaptersMax;
  private Optional<EndReason> closed = Optional.empty();

  /**
   * @param waitingMax sequences that wait for the first time
   * @param adaptersMax adapters of one sequence
   */
  Gate(int waitingMax, int adaptersMax) {
    this.waitingMax = waitingMax;
    this.adaptersMax = adaptersMax;
  }

  /** From now on everything is refused. */
  void close(ErrorCode code, String message) {
    closed = Optional.of(new EndReason.Rejected(code, message));
  }

  boolean closed() {
    return closed.isPresent();
  }

  Optional<EndReason> refuse(SequenceRequest request, Device device, int waiting) {
    if (closed.isPresent()) {
      return closed;
    }
    Optional<EndReason.Rejected> misfit = misfit(request, device);
    if (misfit.isPresent()) {
      return Optional.of(misfit.get());
    }
    if (waiting >= waitingMax) {
      return Optional.of(
          new EndReason.Rejected(
              ErrorCode.QUEUE_FULL, "at most " + waitingMax + " requests may wait"));
    }
    return Optional.empty();
  }

  /** Why it could not run even alone. */
  Optional<EndReason.Rejected> misfit(SequenceRequest request, Device device) {
    long tokens = (long) request.promptIds().length + request.maxNewTokens();
    if (tokens > device.info.contextMax()) {
      return tooLong(device.info.contextMax(), "", tokens);
    }
    if (device.blocksFor(request.positionsMax()) > device.info.kvBlocks()) {
      long room = (long) device.info.kvBlocks() * device.info.blockTokens();
      long most = room + tokens - request.positionsMax();
      return tooLong(most, ", which the KV cache holds", tokens);
    }
    int adapters = request.composition().parts().size();
    int slots = Math.min(adaptersMax, device.info.slots());
    if (adapters > slots) {
      String message = "at most %d adapters may run together. Given: %d".formatted(slots, adapters);
      return Optional.of(new EndReason.Rejected(ErrorCode.PARAMETER_OUT_OF_RANGE, message));
    }
    return Optional.empty();
  }

  private static Optional<EndReason.Rejected> tooLong(long most, String why, long given) {
    String message =
        "prompt and new tokens together must be <= %d%s. Given: %d".formatted(most, why, given);
    return Optional.of(new EndReason.Rejected(ErrorCode.CONTEXT_LENGTH_EXCEEDED, message));
  }
}
