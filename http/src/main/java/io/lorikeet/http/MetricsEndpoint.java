package io.lorikeet.http;

import io.lorikeet.http.access.Guard;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Surface;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.util.ByteString;

/** {@code GET /metrics} in Prometheus' text format. */
final class MetricsEndpoint implements Endpoint {
  private static final ContentType TYPE =
      ContentTypes.parse("text/plain; version=0.0.4; charset=UTF-8");

  private final Surface surface;

  MetricsEndpoint(Surface surface) {
    this.surface = surface;
  }

  // It names everybody's adapters.
  @Override
  public Guard guard() {
    return Guard.ADMIN;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    ByteString text = ByteString.fromString(surface.engine().scrape());
    return CompletableFuture.completedStage(
        HttpResponse.create().withEntity(HttpEntities.create(TYPE, text)));
  }
}
