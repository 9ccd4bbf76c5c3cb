package io.lorikeet.http.text;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.lorikeet.actors.TextTask;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * {@code POST /detokenize}. vLLM and llama.cpp ask for it alike, and one reads {@code prompt} of
 * the reply and the other {@code content}, so both are there.
 */
public final class DetokenizeEndpoint implements Endpoint {
  private final Surface surface;

  public DetokenizeEndpoint(Surface surface) {
    this.surface = surface;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return TextReply.answer(surface, call, DetokenizeEndpoint::read);
  }

  private static TextReply read(Fields fields) {
    fields.only("model", "tokens");
    ArrayNode tokens = fields.array("tokens").orElseThrow(() -> Fields.missing("tokens"));
    int[] ids = new int[tokens.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = Fields.integer("tokens[" + i + "]", tokens.get(i));
    }
    return new TextReply(
        fields.text("model"),
        new TextTask.Decode(ids),
        TextReply.text(text ->
            json -> {
              json.writeStartObject();
              json.writeStringField("prompt", text);
              json.writeStringField("content", text);
              json.writeEndObject();
            }));
  }
}
