package io.lorikeet.http;

import io.lorikeet.http.access.Guard;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.socket.Sockets;
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
  private final Sockets sockets;

  MetricsEndpoint(Surface surface, Sockets sockets) {
    this.surface = surface;
    this.sockets = sockets;
  }

  // It names everybody's adapters.
  @Override
  public Guard guard() {
    return Guard.ADMIN;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    ByteString text = ByteString.fromString(surface.engine().scrape() + socketSeries());
    return CompletableFuture.completedStage(
        HttpResponse.create().withEntity(HttpEntities.create(TYPE, text)));
  }

  private String socketSeries() {
    return """
    # TYPE vllm:websocket_connections_active gauge
    vllm:websocket_connections_active{model_name="%1$s"} %2$d
    # TYPE vllm:websocket_connections_total counter
    vllm:websocket_connections_total{model_name="%1$s"} %3$d
    """
        .formatted(surface.engine().model().name(), sockets.active(), sockets.opened());
  }
}
