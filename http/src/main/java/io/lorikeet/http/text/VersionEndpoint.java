package io.lorikeet.http.text;

import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.json.Json;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** vLLM's {@code GET /version}. */
public final class VersionEndpoint implements Endpoint {
  private final String version;

  public VersionEndpoint(String version) {
    this.version = version;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    byte[] body =
        Json.bytes(json -> {
          json.writeStartObject();
          json.writeStringField("version", version);
          json.writeEndObject();
        });
    return CompletableFuture.completedStage(Replies.json(200, body));
  }
}
