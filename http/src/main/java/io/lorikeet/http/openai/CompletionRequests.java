package io.lorikeet.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Prompt;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Refused;
import java.util.OptionalInt;

/** Reads the body of {@code POST /v1/completions}. */
final class CompletionRequests {
  /** OpenAI's default for this route. */
  private static final int NEW_TOKENS = 16;

  private static final int LOGPROBS_MAX = 5;
  private static final int NO_LOGPROBS = -1;

  private CompletionRequests() {}

  static OpenAiRequest read(Call call, ObjectNode body, Surface surface) {
    Fields fields = new Fields(body);
    CommonFields common = new CommonFields(fields, surface, true);
    common.refuse(Unimplemented.COMPLETIONS);
    Prompt prompt = prompt(fields, surface.engine().model().vocabSize());
    int topMost = Math.min(LOGPROBS_MAX, surface.settings().requests().topLogprobsMax());
    int newTokens = common.tokens("max_tokens").orElse(NEW_TOKENS);
    int top =
        fields.any("logprobs").isEmpty() ? NO_LOGPROBS : common.within("logprobs", 0, 0, topMost);
    return common.request(call, prompt, OptionalInt.of(newTokens), top);
  }

  private static Prompt prompt(Fields fields, int vocabSize) {
    JsonNode prompt = fields.any("prompt").orElseThrow(() -> Fields.missing("prompt"));
    if (prompt.isTextual()) {
      return new Prompt.Text(prompt.textValue());
    }
    if (!prompt.isArray()) {
      throw Fields.wrongType("prompt", "a string or an array of token ids", prompt);
    }
    Fields.require(!prompt.isEmpty(), "prompt", "must not be empty", 0);
    JsonNode first = prompt.get(0);
    if (first.isTextual() || first.isArray()) {
      return only(prompt, vocabSize);
    }
    return ids("prompt", prompt, vocabSize);
  }

  // One prompt in an array of prompts is the same as that prompt alone.
  private static Prompt only(JsonNode prompts, int vocabSize) {
    if (prompts.size() > 1) {
      throw Refused.unsupported(
          "prompt", "one prompt a request, no array of several. Given: " + prompts.size());
    }
    JsonNode prompt = prompts.get(0);
    return prompt.isTextual()
        ? new Prompt.Text(prompt.textValue())
        : ids("prompt[0]", prompt, vocabSize);
  }

  private static Prompt ids(String name, JsonNode array, int vocabSize) {
    Fields.require(!array.isEmpty(), name, "must not be empty", 0);
    int[] ids = new int[array.size()];
    for (int i = 0; i < ids.length; i++) {
      String element = name + "[" + i + "]";
      ids[i] = Fields.integer(element, array.get(i));
      Fields.require(
          ids[i] >= 0 && ids[i] < vocabSize, element, "must be >= 0 and < " + vocabSize, ids[i]);
    }
    return new Prompt.Ids(ids);
  }
}
