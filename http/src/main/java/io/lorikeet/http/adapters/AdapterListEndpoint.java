package io.lorikeet.http.adapters;

import com.fasterxml.jackson.core.JsonGenerator;
import io.lorikeet.actors.Engine.AdapterStatus;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Json;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * {@code GET /v1/lora_adapters}: every adapter that the caller may use, with its generation, where
 * its image is, and how many requests use it. The path is that of adapters which were loaded while
 * the server runs, and only for admins.
 */
public final class AdapterListEndpoint implements Endpoint {
  public static final String PATH = "/v1/lora_adapters";

  private final Surface surface;

  public AdapterListEndpoint(Surface surface) {
    this.surface = surface;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return surface
        .engine()
        .adapters()
        .thenApply(all -> all.stream().filter(a -> call.caller().mayUse(a.name())).toList())
        .thenApply(adapters -> Replies.json(200, body(adapters, call.caller().isAdmin())));
  }

  private byte[] body(List<AdapterStatus> adapters, boolean paths) {
    return Json.bytes(json -> {
      json.writeStartObject();
      json.writeStringField("object", "list");
      json.writeArrayFieldStart("data");
      for (AdapterStatus adapter : adapters) {
        write(json, adapter, paths);
      }
      json.writeEndArray();
      json.writeEndObject();
    });
  }

  private void write(JsonGenerator json, AdapterStatus adapter, boolean paths) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", adapter.name());
    writeOrNull(json, "generation", Optional.of(adapter.generation()));
    json.writeStringField("state", adapter.state());
    writeOrNull(json, "reason", Optional.of(adapter.reason()));
    json.writeNumberField("bytes", adapter.bytes());
    json.writeNumberField("leases", adapter.leases());
    writeOrNull(
        json, "path", paths ? surface.engine().loadedFrom(adapter.name()) : Optional.empty());
    json.writeEndObject();
  }

  private static void writeOrNull(JsonGenerator json, String name, Optional<String> value)
      throws IOException {
    json.writeFieldName(name);
    if (value.isPresent() && !value.get().isEmpty()) {
      json.writeString(value.get());
    } else {
      json.writeNull();
    }
  }
}
