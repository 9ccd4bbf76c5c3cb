package io.lorikeet.engine.schedule;

import io.lorikeet.engine.error.ErrorCode;
import java.util.Optional;

/** Refuses what can never run, or not now, before it costs anything. */
final class Gate {
  private final int waitingMax;
  private Optional<EndReason> closed = Optional.empty();

  Gate(int waitingMax) {
    this.waitingMax = waitingMax;
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
    Optional<String> misfit = misfit(request, device);
    if (misfit.isPresent()) {
      return Optional.of(new EndReason.Rejected(ErrorCode.CONTEXT_LENGTH_EXCEEDED, misfit.get()));
    }
    if (waiting >= waitingMax) {
      return Optional.of(
          new EndReason.Rejected(
              ErrorCode.QUEUE_FULL, "at most " + waitingMax + " requests may wait"));
    }
    return Optional.empty();
  }

  /** Why it could not run even alone. */
  Optional<String> misfit(SequenceRequest request, Device device) {
    long tokens = (long) request.promptIds().length + request.maxNewTokens();
    if (tokens > device.info.contextMax()) {
      return Optional.of(
          "prompt and new tokens together must be <= "
              + device.info.contextMax()
              + ". Given: "
              + tokens);
    }
    if (device.blocksFor((int) tokens - 1) > device.info.kvBlocks()) {
      long most = (long) device.info.kvBlocks() * device.info.blockTokens() + 1;
      return Optional.of(
          "prompt and new tokens together must be <= "
              + most
              + ", which the KV cache holds. Given: "
              + tokens);
    }
    if (!request.composition().isBase() && device.info.slots() == 0) {
      return Optional.of("the executor has no adapter slots");
    }
    return Optional.empty();
  }
}
