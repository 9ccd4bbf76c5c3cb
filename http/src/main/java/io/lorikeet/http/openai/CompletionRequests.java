package io.lorikeet.http.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Prompt;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
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
        PromptField.read(
            fields,
            "prompt",
            surface.engine().model().vocabSize(),
            surface.settings().requests().promptsMax());
    int topMost = Math.min(LOGPROBS_MAX, surface.settings().requests().topLogprobsMax());
    int newTokens = fields.integer("max_tokens").orElse(NEW_TOKENS);
    Fields.require(newTokens >= 0, "max_tokens", "must be >= 0", newTokens);
    int top =
        fields.any("logprobs").isEmpty() ? NO_LOGPROBS : common.within("logprobs", 0, 0, topMost);
    boolean echo = fields.flag("echo", false);
    return common.request(call, prompts, OptionalInt.of(newTokens), top, echo);
  }
}
