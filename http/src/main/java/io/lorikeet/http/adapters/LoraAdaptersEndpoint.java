package io.lorikeet.http.adapters;

import io.lorikeet.actors.Engine.NumberedAdapter;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Json;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * llama.cpp's {@code GET /lora-adapters}: the numbers that the field {@code lora} takes. The path
 * is the adapter's name, where files lie is not for clients; the scale is that of a request that
 * does not choose the adapter, 0.
 */
public final class LoraAdaptersEndpoint implements Endpoint {
  public static final String PATH = "/lora-adapters";

  private final Surface surface;

  public LoraAdaptersEndpoint(Surface surface) {
    this.surface = surface;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return surface
        .engine()
        .numberedAdapters()
        .thenApply(all -> all.stream().filter(a -> call.caller().mayUse(a.name())).toList())
        .thenApply(adapters -> Replies.json(200, body(adapters)));
  }

  private static byte[] body(List<NumberedAdapter> adapters) {
    return Json.bytes(json -> {
      json.writeStartArray();
      for (NumberedAdapter adapter : adapters) {
        json.writeStartObject();
        json.writeNumberField("id", adapter.number());
        json.writeStringField("path", adapter.name());
        json.writeNumberField("scale", 0.0);
        json.writeEndObject();
      }
      json.writeEndArray();
    });
  }
}
