package io.lorikeet.http.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Prompt;
import io.lorikeet.config.RequestSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.chat.ToolFields;
import io.lorikeet.http.chat.Tools;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
import java.util.List;
import java.util.OptionalInt;

/**
 * Reads the body of {@code POST /v1/chat/completions}, and of other APIs' requests once they were
 * put in that form.
 */
public final class ChatRequests {
  private static final int NO_LOGPROBS = -1;

  private ChatRequests() {}

  /**
   * Reads and checks all fields.
   *
   * @throws LorikeetException REQUEST_INVALID, PARAMETER_*
   */
  public static OpenAiRequest read(Call call, ObjectNode body, Surface surface) {
    Fields fields = new Fields(body);
    CommonFields common = new CommonFields(fields, surface, false);
    common.refuse(Unimplemented.CHAT);
    RequestSettings limits = surface.settings().requests();
    Tools tools = ToolFields.read(fields, limits, surface.engine().model().tools());
    Prompt prompt = ChatPrompts.read(fields, limits);
    int top = topLogprobs(fields, common, limits.topLogprobsMax());
    return common
        .request(call, List.of(prompt), newTokens(common), top, false)
        .with(tools, surface.ambient().ids().get());
  }

  private static OptionalInt newTokens(CommonFields common) {
    OptionalInt current = common.tokens("max_completion_tokens");
    OptionalInt deprecated = common.tokens("max_tokens");
    if (current.isPresent() && deprecated.isPresent() && !current.equals(deprecated)) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID,
          "`max_tokens` and `max_completion_tokens` must be the same where both are given. Given: "
              + deprecated.getAsInt()
              + " and "
              + current.getAsInt());
    }
    return current.isPresent() ? current : deprecated;
  }

  private static int topLogprobs(Fields fields, CommonFields common, int topMost) {
    int top = common.within("top_logprobs", 0, 0, topMost);
    if (fields.flag("logprobs", false)) {
      return top;
    }
    if (top > 0) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID, "`top_logprobs` needs `logprobs` to be true");
    }
    return NO_LOGPROBS;
  }
}
