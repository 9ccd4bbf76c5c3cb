package io.lorikeet.http.text;

import io.lorikeet.actors.TextTask;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Refused;
import io.lorikeet.http.openai.ChatPrompts;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** llama.cpp's {@code POST /apply-template}: the text that a chat becomes. */
public final class ApplyTemplateEndpoint implements Endpoint {
  private final Surface surface;

  public ApplyTemplateEndpoint(Surface surface) {
    this.surface = surface;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return TextReply.answer(surface, call, ApplyTemplateEndpoint::read);
  }

  private static TextReply read(Fields fields) {
    fields.only(
        Stream.concat(Stream.of("model", "tools"), ChatPrompts.FIELDS.stream())
            .toArray(String[]::new));
    Refused.check(fields, List.of(Refused.unlessEmpty("tools")));
    return new TextReply(
        fields.text("model"),
        new TextTask.Render(ChatPrompts.read(fields)),
        TextReply.text(text ->
            json -> {
              json.writeStartObject();
              json.writeStringField("prompt", text);
              json.writeEndObject();
            }));
  }
}
