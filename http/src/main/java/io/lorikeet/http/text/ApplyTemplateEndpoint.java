package io.lorikeet.http.text;

import io.lorikeet.actors.TextTask;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.openai.ChatPrompts;
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
    return TextReply.answer(surface, call, this::read);
  }

  private TextReply read(Fields fields) {
    fields.only(
        Stream.concat(Stream.of("model"), ChatPrompts.FIELDS.stream()).toArray(String[]::new));
    return new TextReply(
        fields.text("model"),
        new TextTask.Render(ChatPrompts.read(fields, surface.settings().requests())),
        TextReply.text(text ->
            json -> {
              json.writeStartObject();
              json.writeStringField("prompt", text);
              json.writeEndObject();
            }));
  }
}
