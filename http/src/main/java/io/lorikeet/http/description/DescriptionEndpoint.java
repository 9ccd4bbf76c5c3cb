package io.lorikeet.http.description;

import io.lorikeet.http.access.Guard;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Replies;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** LoRAX's {@code GET /api-doc/openapi.json} and vLLM's {@code GET /openapi.json}. */
public final class DescriptionEndpoint implements Endpoint {
  /** LoRAX's path of it. */
  public static final String LORAX_PATH = "/api-doc/openapi.json";

  /** vLLM's path of it. */
  public static final String PATH = "/openapi.json";

  private final byte[] document;

  public DescriptionEndpoint(String version) {
    document = Description.document(version).toString().getBytes(StandardCharsets.UTF_8);
  }

  // It says what is written in the source, and nothing of this server.
  @Override
  public Guard guard() {
    return Guard.OPEN;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return CompletableFuture.completedStage(Replies.json(200, document));
  }
}
