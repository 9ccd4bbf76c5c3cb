package io.lorikeet.http.openai;

import static io.lorikeet.http.json.Refused.always;
import static io.lorikeet.http.json.Refused.unless;
import static io.lorikeet.http.json.Refused.unlessEmpty;
import static io.lorikeet.http.json.Refused.unlessText;

import io.lorikeet.http.adapters.AdapterFields;
import io.lorikeet.http.json.Refused;
import java.util.List;
import java.util.stream.Stream;

/** Parameters of OpenAI and of servers like it that are refused by name. */
final class Unimplemented {
  /** On both routes. */
  static final List<Refused> COMMON =
      List.of(
          unless("repeat_penalty", 1),
          unless("length_penalty", 1),
          unlessEmpty("logits_processors"),
          always("custom_logit_processor"),
          unless("tfs_z", 1),
          unless("mirostat", 0),
          unless("dynatemp_range", 0),
          unless("xtc_probability", 0),
          unless("dry_multiplier", 0),
          always("samplers"),
          unless("use_beam_search", false),
          unless("min_new_tokens", 0),
          always("n_predict"),
          unlessEmpty("stop_regex"),
          textFormat(),
          unlessEmpty("structured_outputs"),
          always("guided_json"),
          always("guided_regex"),
          always("guided_choice"),
          always("guided_grammar"),
          always("guided_whitespace_pattern"),
          always("json_schema"),
          always("regex"),
          always("ebnf"),
          always("grammar"),
          unless("skip_special_tokens", true),
          unless("spaces_between_special_tokens", true),
          unless("return_tokens_as_token_ids", false),
          always("truncate"),
          unless("watermark", false),
          unless("decoder_input_details", false),
          unless("return_k_alternatives", 0),
          unless("priority", 0),
          always("kv_transfer_params"),
          unlessEmpty("vllm_xargs"),
          mergedAdapters(),
          unless("adapter_source", "local"),
          // For the source of an adapter; ours are local and need none, so it changes nothing.
          unlessText("api_token"));

  static final List<Refused> CHAT =
      List.of(
          unlessEmpty("functions"),
          unless("function_call", "none", "auto"),
          always("tool_prompt"),
          always("guideline"),
          unlessEmpty("documents"),
          always("chat_template"),
          unless("echo", false),
          unless("add_special_tokens", false),
          textModality(),
          always("audio"),
          unless("reasoning_effort", "none"),
          always("verbosity"),
          always("web_search_options"),
          unlessEmpty("mm_processor_kwargs"));

  static final List<Refused> COMPLETIONS =
      List.of(unlessEmpty("suffix"), unless("add_special_tokens", true), always("prompt_embeds"));

  /** Fields that look like the choice of an adapter and are looked at here or there. */
  static final List<String> ADAPTER_FIELDS =
      Stream.concat(AdapterFields.NAMES.stream(), Stream.of("merged_adapters", "adapter_source"))
          .toList();

  private Unimplemented() {}

  // LoRAX has it on its own routes only.
  private static Refused mergedAdapters() {
    return new Refused(
        "merged_adapters",
        node -> node.isContainerNode() && node.isEmpty(),
        "send `adapters` and `merge`");
  }

  private static Refused textFormat() {
    return new Refused(
        "response_format",
        node -> node.path("type").asText().equals("text"),
        "leave it out or send {\"type\": \"text\"}");
  }

  private static Refused textModality() {
    return new Refused(
        "modalities",
        node -> node.isArray() && node.size() == 1 && node.get(0).asText().equals("text"),
        "leave it out or send [\"text\"]");
  }
}
