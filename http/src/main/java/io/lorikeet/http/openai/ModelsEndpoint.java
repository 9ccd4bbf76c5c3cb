package io.lorikeet.http.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.lorikeet.actors.Engine.AdapterStatus;
import io.lorikeet.actors.Engine.ServedModel;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Json;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * {@code GET /v1/models} and {@code GET /v1/models/ID}: the base and every adapter of the caller.
 */
public final class ModelsEndpoint implements Endpoint {
  /** The path of the list; an id follows after a slash and may have slashes itself. */
  public static final String PATH = "/v1/models";

  private static final String OWNER = "lorikeet";

  private final Surface surface;

  public ModelsEndpoint(Surface surface) {
    this.surface = surface;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    String id = id(call);
    return surface
        .engine()
        .adapters()
        .thenApply(all -> all.stream().filter(a -> call.caller().mayUse(a.name())).toList())
        .thenApply(
            adapters -> Replies.json(200, id.isEmpty() ? list(adapters) : one(id, adapters)));
  }

  private static String id(Call call) {
    StringBuilder id = new StringBuilder();
    int segment = 0;
    for (String text : call.request().getUri().pathSegments()) {
      if (segment++ >= 2) {
        id.append(id.isEmpty() ? "" : "/").append(text);
      }
    }
    return id.toString();
  }

  private byte[] list(List<AdapterStatus> adapters) {
    return Json.bytes(json -> {
      json.writeStartObject();
      json.writeStringField("object", "list");
      json.writeArrayFieldStart("data");
      writeBase(json);
      for (AdapterStatus adapter : adapters) {
        writeAdapter(json, adapter);
      }
      json.writeEndArray();
      json.writeEndObject();
    });
  }

  private byte[] one(String id, List<AdapterStatus> adapters) {
    if (id.equals(surface.engine().model().name())) {
      return Json.bytes(this::writeBase);
    }
    for (AdapterStatus adapter : adapters) {
      if (adapter.name().equals(id)) {
        return Json.bytes(json -> writeAdapter(json, adapter));
      }
    }
    throw new LorikeetException(
        ErrorCode.MODEL_NOT_FOUND, "there is no model `" + id + "`; GET /v1/models lists all");
  }

  private void writeBase(JsonGenerator json) throws IOException {
    ServedModel model = surface.engine().model();
    json.writeStartObject();
    writeCard(json, model.name(), model);
    json.writeNullField("parent");
    json.writeNumberField("max_model_len", model.contextMax());
    json.writeEndObject();
  }

  private void writeAdapter(JsonGenerator json, AdapterStatus adapter) throws IOException {
    ServedModel model = surface.engine().model();
    json.writeStartObject();
    writeCard(json, adapter.name(), model);
    json.writeStringField("parent", model.name());
    json.writeNumberField("max_model_len", model.contextMax());
    json.writeStringField("state", adapter.state());
    if (!adapter.reason().isEmpty()) {
      json.writeStringField("reason", adapter.reason());
    }
    if (!adapter.generation().isEmpty()) {
      json.writeStringField("generation", adapter.generation());
    }
    json.writeNumberField("bytes", adapter.bytes());
    json.writeEndObject();
  }

  private static void writeCard(JsonGenerator json, String id, ServedModel model)
      throws IOException {
    json.writeStringField("id", id);
    json.writeStringField("object", "model");
    json.writeNumberField("created", model.created());
    json.writeStringField("owned_by", OWNER);
    json.writeStringField("root", model.name());
  }
}
