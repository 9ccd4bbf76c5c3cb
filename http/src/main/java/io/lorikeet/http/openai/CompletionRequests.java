package io.lorikeet.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Prompt;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
import java.util.ArrayList;
import java.util.List;
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
    List<Prompt> prompts =
        prompts(
            fields,
            surface.engine().model().vocabSize(),
            surface.settings().requests().promptsMax());
    int topMost = Math.min(LOGPROBS_MAX, surface.settings().requests().topLogprobsMax());
    int newTokens = common.tokens("max_tokens").orElse(NEW_TOKENS);
    int top =
        fields.any("logprobs").isEmpty() ? NO_LOGPROBS : common.within("logprobs", 0, 0, topMost);
    boolean echo = fields.flag("echo", false);
    return common.request(call, prompts, OptionalInt.of(newTokens), top, echo);
  }

  private static List<Prompt> prompts(Fields fields, int vocabSize, int most) {
    JsonNode prompt = fields.any("prompt").orElseThrow(() -> Fields.missing("prompt"));
    if (prompt.isTextual()) {
      return List.of(new Prompt.Text(prompt.textValue()));
    }
    if (!prompt.isArray()) {
      throw Fields.wrongType(
          "prompt", "a string, an array of token ids, or an array of such prompts", prompt);
    }
    Fields.require(!prompt.isEmpty(), "prompt", "must not be empty", 0);
    if (!prompt.get(0).isTextual() && !prompt.get(0).isArray()) {
      return List.of(ids("prompt", prompt, vocabSize));
    }
    Fields.require(
        prompt.size() <= most, "prompt", "must hold at most " + most + " prompts", prompt.size());
    List<Prompt> prompts = new ArrayList<>();
    for (JsonNode each : prompt) {
      String name = "prompt[" + prompts.size() + "]";
      prompts.add(
          prompt.get(0).isTextual()
              ? new Prompt.Text(Fields.text(name, each))
              : ids(name, each, vocabSize));
    }
    return prompts;
  }

  private static Prompt ids(String name, JsonNode array, int vocabSize) {
    if (!array.isArray()) {
      throw Fields.wrongType(name, "an array of token ids", array);
    }
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
