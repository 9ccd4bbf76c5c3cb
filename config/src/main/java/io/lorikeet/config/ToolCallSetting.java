package io.lorikeet.config;

import java.util.Locale;

/** How the model's answers are searched for calls of functions. */
public enum ToolCallSetting {
  /** As the chat template writes past calls. */
  AUTO,
  /** JSON between {@code <tool_call>} and {@code </tool_call>}. */
  HERMES,
  /** JSON with {@code parameters}. */
  LLAMA3,
  /** {@code [TOOL_CALLS]}. */
  MISTRAL,
  /** An answer that is JSON and nothing else. */
  JSON,
  /** Not at all: requests with tools are refused. */
  NONE;

  static ToolCallSetting of(String name) {
    for (ToolCallSetting setting : values()) {
      if (setting.name().toLowerCase(Locale.ROOT).equals(name)) {
        return setting;
      }
    }
    throw new IllegalArgumentException(
        "configuration: `model.tool-calls` must be auto, hermes, llama3, mistral, json or none."
            + " Given: "
            + name);
  }
}
