package io.lorikeet.engine.schedule;

import io.lorikeet.engine.error.ErrorCode;

/** Why a sequence ended. Each submitted sequence ends exactly once. */
public sealed interface EndReason {
  /** It drew one of its stop tokens, which was delivered before. */
  record Stop(int tokenId) implements EndReason {}

  /** It drew as many tokens as it may; of none: its prompt is computed. */
  record Length() implements EndReason {}

  /** {@link StepLoop#cancel} was called. */
  record Cancelled() implements EndReason {}

  /** Its deadline passed. */
  record Deadline() implements EndReason {}

  /** It stayed without credit for too long. */
  record SlowClient() implements EndReason {}

  /** It never ran: a limit or the queue. */
  record Rejected(ErrorCode code, String message) implements EndReason {}

  /** Its adapter, one of its rows or the executor failed. */
  record Failed(ErrorCode code, String message) implements EndReason {}
}
