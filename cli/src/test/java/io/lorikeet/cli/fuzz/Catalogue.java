package io.lorikeet.cli.fuzz;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Good requests of every route, which others change. */
final class Catalogue {
  /** Stands in every prompt; never in the log. */
  static final String PROMPT = "canary bird 4711";

  private static final JsonMapper JSON = new JsonMapper();

  static final List<Base> ALL =
      List.of(
          post(
              "/v1/chat/completions",
              """
              {"model": "demo", "messages": [{"role": "user", "content": "PROMPT"}],
               "max_tokens": 5}\
              """),
          post(
              "/v1/chat/completions",
              """
              {"model": "pirate", "stream": true, "max_completion_tokens": 12, "n": 2,
               "stream_options": {"include_usage": true}, "temperature": 0.7, "seed": 7,
               "messages": [{"role": "system", "content": "Be PROMPT."},
                {"role": "user", "content": [{"type": "text", "text": "PROMPT"}]}]}\
              """),
          post(
              "/v1/chat/completions",
              """
              {"model": "demo", "max_tokens": 4, "stop": ["a", "bc"], "logprobs": true,
               "top_logprobs": 2, "logit_bias": {"17": -100, "18": 2.5}, "top_p": 0.9,
               "top_k": 40, "min_p": 0.01, "frequency_penalty": 0.5, "presence_penalty": -0.5,
               "repetition_penalty": 1.1, "min_tokens": 1, "stop_token_ids": [5],
               "ignore_eos": false, "timeout": 30.5, "user": "u", "metadata": {"a": "b"},
               "add_generation_prompt": true, "chat_template_kwargs": {"enable_thinking": false},
               "messages": [{"role": "user", "content": "PROMPT"},
                {"role": "assistant", "content": "Yes."}, {"role": "user", "content": "No."}]}\
              """),
          post(
              "/v1/chat/completions",
              """
              {"model": "", "max_tokens": 3, "messages": [{"role": "user", "content": "PROMPT"}],
               "adapters": [{"name": "pirate", "weight": 0.5}],
               "merge": {"strategy": "linear", "majority_sign_method": "total"}}\
              """),
          post(
              "/v1/completions",
              """
              {"model": "brief", "prompt": "PROMPT", "max_tokens": 6, "echo": true, "logprobs": 2,
               "best_of": 2, "n": 1, "suffix": null, "return_token_ids": true}\
              """),
          post(
              "/v1/completions",
              """
              {"model": "demo", "prompt": [[1, 2, 3], [4, 5]], "max_tokens": 6, "stream": true,
               "truncate_prompt_tokens": 2, "include_stop_str_in_output": true, "stop": "x"}\
              """),
          post(
              "/v1/completions",
              """
              {"model": "demo", "prompt": ["PROMPT", "b"],
               "lora": [{"id": "emoji", "scale": 0.5}, {"id": 1, "scale": 0}]}\
              """),
          post("/generate", "{\"inputs\": \"PROMPT\", \"parameters\": {\"max_new_tokens\": 5}}"),
          post(
              "/generate",
              """
              {"inputs": "PROMPT", "parameters": {"adapter_id": "shout", "best_of": 2,
               "decoder_input_details": true, "details": true, "do_sample": true,
               "max_new_tokens": 4, "repetition_penalty": 1.03, "frequency_penalty": 0.1,
               "return_full_text": true, "return_k_alternatives": 2, "stop": ["q"],
               "temperature": 0.5, "top_k": 10, "top_p": 0.95, "truncate": 50,
               "typical_p": 0.95, "adapter_source": "local"}}\
              """),
          post(
              "/generate_stream",
              """
              {"inputs": "PROMPT", "parameters": {"max_new_tokens": 9, "seed": 1,
               "merged_adapters": {"ids": ["pirate", "shout"], "weights": [0.5, 0.5],
                "merge_strategy": "linear", "density": 0, "majority_sign_method": "total"}}}\
              """),
          post("/", "{\"inputs\": \"PROMPT\", \"stream\": true, \"parameters\": {\"seed\": 3}}"),
          post("/invocations", "{\"inputs\": \"PROMPT\", \"parameters\": {\"top_k\": 3}}"),
          post("/tokenize", "{\"inputs\": \"PROMPT\", \"add_special_tokens\": true}"),
          post(
              "/tokenize",
              "{\"model\": \"demo\", \"prompt\": \"PROMPT\", \"return_token_strs\": true}"),
          post(
              "/tokenize",
              """
              {"model": "pirate", "messages": [{"role": "user", "content": "PROMPT"}],
               "add_generation_prompt": true}\
              """),
          post(
              "/tokenize",
              "{\"content\": \"PROMPT\", \"with_pieces\": true, \"add_special\": true}"),
          post("/detokenize", "{\"model\": \"demo\", \"tokens\": [1, 2, 3, 300]}"),
          post(
              "/apply-template", "{\"messages\": [{\"role\": \"user\", \"content\": \"PROMPT\"}]}"),
          post(
              "/v1/load_lora_adapter",
              """
              {"lora_name": "extra", "lora_path": "ADAPTERS/emoji", "load_inplace": true}\
              """),
          post(
              "/v1/responses",
              """
              {"model": "pirate", "input": "PROMPT", "max_output_tokens": 4, "store": true,
               "metadata": {"k": "v"}, "instructions": "PROMPT", "temperature": 0.5}\
              """),
          post(
              "/v1/responses",
              """
              {"model": "demo", "max_output_tokens": 6, "stream": true, "store": false,
               "input": [{"role": "user", "content": [{"type": "input_text", "text": "PROMPT"}]}]}\
              """),
          post("/v1/responses/input_tokens", "{\"model\": \"demo\", \"input\": \"PROMPT\"}"),
          post(
              "/v1/embeddings",
              """
              {"model": "brief", "input": ["PROMPT", "b"], "encoding_format": "base64",
               "pooling": "mean", "normalize": false}\
              """),
          post("/embed", "{\"inputs\": \"PROMPT\", \"parameters\": {\"adapter_id\": \"pirate\"}}"),
          get("/health"),
          get("/info"),
          get("/metrics"),
          get("/version"),
          get("/startup"),
          get("/lora-adapters"),
          get("/v1/models"),
          get("/v1/models/pirate"),
          get("/v1/lora_adapters"),
          get("/"));

  private Catalogue() {}

  /**
   * A good request.
   *
   * @param body null where there is none
   */
  record Base(String method, String path, @org.jspecify.annotations.Nullable ObjectNode body) {
    /** Whether an answer may come as a stream. */
    boolean streams() {
      return body != null;
    }
  }

  private static Base get(String path) {
    return new Base("GET", path, null);
  }

  private static Base post(String path, String json) {
    try {
      String text =
          json.replace("PROMPT", PROMPT)
              .replace("ADAPTERS", FuzzServer.DEMO.resolve("adapters").toString());
      return new Base("POST", path, (ObjectNode) JSON.readTree(text));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(json, e);
    }
  }
}
