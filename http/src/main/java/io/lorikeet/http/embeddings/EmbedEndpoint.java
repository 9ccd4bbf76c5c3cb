package io.lorikeet.http.embeddings;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Embedding;
import io.lorikeet.actors.EmbeddingResult;
import io.lorikeet.actors.Prompt;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Json;
import io.lorikeet.http.lorax.AdapterChoice;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** LoRAX's {@code POST /embed}: one text, one vector. */
public final class EmbedEndpoint implements Endpoint {
  private final Surface surface;

  public EmbedEndpoint(Surface surface) {
    this.surface = surface;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return surface.bodies().answer(call, body -> embed(call, body));
  }

  private CompletionStage<HttpResponse> embed(Call call, ObjectNode body) {
    Fields fields = new Fields(body);
    fields.only("inputs", "parameters");
    Fields parameters =
        new Fields(fields.object("parameters").orElseGet(body::objectNode), "parameters.");
    VectorForm form = VectorForm.read(parameters);
    Embedding embedding =
        new Embedding(
            call.id(),
            call.principal(),
            AdapterChoice.read(parameters, List.of("pooling", "normalize"))
                .target(surface.settings().schedule().adaptersMax()),
            List.of(new Prompt.Text(fields.requiredText("inputs"))),
            form.pooling(),
            Optional.empty());
    return surface
        .engine()
        .embed(embedding, call.gone())
        .thenApply(result ->
            switch (result) {
              case EmbeddingResult.Rejected(var code, var message) ->
                  Family.LORAX.reply(Family.LORAX.problem(code, message));
              case EmbeddingResult.Embedded embedded -> Replies.json(200, whole(form, embedded));
            });
  }

  private static byte[] whole(VectorForm form, EmbeddingResult.Embedded embedded) {
    float[] vector = form.of(embedded.vectors().getFirst());
    return Json.bytes(json -> {
      json.writeStartObject();
      json.writeFieldName("embeddings");
      Vectors.write(json, vector);
      json.writeEndObject();
    });
  }
}
