package io.lorikeet.http.lorax;

import io.lorikeet.actors.Engine.EngineStatus;
import io.lorikeet.http.access.Guard;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Json;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** {@code GET /health}: 200 when the engine can serve, else 503 with the reason. */
public final class HealthEndpoint implements Endpoint {
  private final Surface surface;

  public HealthEndpoint(Surface surface) {
    this.surface = surface;
  }

  @Override
  public Guard guard() {
    return Guard.OPEN;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return surface.engine().status().thenApply(HealthEndpoint::reply);
  }

  private static HttpResponse reply(EngineStatus status) {
    byte[] body =
        Json.bytes(json -> {
          json.writeStartObject();
          if (status.ready()) {
            json.writeStringField("status", "ok");
          } else {
            json.writeStringField("error", status.reason());
            json.writeStringField("error_type", "healthcheck");
          }
          json.writeEndObject();
        });
    return status.ready()
        ? Replies.json(200, body)
        : Replies.json(503, body).addHeader(RawHeader.create("Retry-After", "1"));
  }
}
