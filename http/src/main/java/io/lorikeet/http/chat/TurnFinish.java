package io.lorikeet.http.chat;

import io.lorikeet.actors.GenerationEvent.FinishReason;

/** Why a choice of a turn ended. */
public enum TurnFinish {
  /** The model drew one of its end tokens. */
  STOP_TOKEN,
  /** A stop string of the request came up. */
  STOP_STRING,
  /** As many tokens as allowed were drawn. */
  LENGTH,
  /** The model calls functions and waits for what they return. */
  TOOL_CALLS;

  static TurnFinish of(FinishReason reason) {
    return switch (reason) {
      case STOP_TOKEN -> STOP_TOKEN;
      case STOP_STRING -> STOP_STRING;
      case LENGTH -> LENGTH;
    };
  }
}
