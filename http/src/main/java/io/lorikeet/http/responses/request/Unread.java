package io.lorikeet.http.responses.request;

import static io.lorikeet.http.json.Refused.always;
import static io.lorikeet.http.json.Refused.unless;
import static io.lorikeet.http.json.Refused.unlessEmpty;

import io.lorikeet.http.json.Refused;
import java.util.List;

/**
 * Fields that are refused by name: those of responses that are not implemented, and those of chats
 * that are called something else here and would otherwise be read as a chat's.
 */
final class Unread {
  static final List<Refused> OF_RESPONSES =
      List.of(
          unlessEmpty("context_management"),
          always("conversation"),
          always("moderation"),
          always("prompt"),
          unless("truncation", "disabled"),
          unless("generate", true));

  static final List<Refused> OF_CHATS =
      List.of(
          instead("messages", "input"),
          instead("max_tokens", "max_output_tokens"),
          instead("max_completion_tokens", "max_output_tokens"),
          instead("response_format", "text.format"),
          instead("functions", "tools"),
          instead("function_call", "tool_choice"),
          instead("verbosity", "text.verbosity"),
          instead("reasoning_effort", "reasoning.effort"),
          new Refused(
              "logprobs",
              node -> node.isBoolean() && !node.booleanValue(),
              "send `include` with \"message.output_text.logprobs\""),
          unless("n", 1),
          unless("return_token_ids", false),
          unless("continue_final_message", false),
          unless("add_generation_prompt", true),
          always("prompt_logprobs"));

  static final List<Refused> OF_TEXT = List.of(unless("verbosity", "medium"));

  static final List<Refused> OF_REASONING =
      List.of(
          unless("effort", "none"), unless("summary", "auto"), unless("generate_summary", "auto"));

  static final List<Refused> OF_STREAMS = List.of(unless("include_obfuscation", false));

  private Unread() {}

  private static Refused instead(String name, String other) {
    return new Refused(name, _ -> false, "send `" + other + "`");
  }
}
