package io.lorikeet.http.lorax;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * LoRAX's {@code POST /} and SageMaker's {@code POST /invocations}: {@code /generate_stream} where
 * the body says {@code "stream": true}, else {@code /generate} with an array around the reply.
 */
public final class CompatEndpoint implements Endpoint {
  private final Surface surface;
  private final GenerateEndpoint array;
  private final GenerateEndpoint stream;

  public CompatEndpoint(Surface surface) {
    this.surface = surface;
    this.array = GenerateEndpoint.array(surface);
    this.stream = GenerateEndpoint.stream(surface);
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return surface.bodies().answer(call, object -> generate(call, object));
  }

  private CompletionStage<HttpResponse> generate(Call call, ObjectNode object) {
    boolean streamed = new Fields(object).flag("stream", false);
    return (streamed ? stream : array).generate(call, object);
  }
}
