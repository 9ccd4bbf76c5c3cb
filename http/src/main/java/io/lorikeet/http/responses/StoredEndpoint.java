package io.lorikeet.http.responses;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.exchange.Body;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.json.Json;
import io.lorikeet.http.responses.store.Viewer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** {@code GET} and {@code DELETE /v1/responses/ID}, and {@code POST /v1/responses/ID/cancel}. */
final class StoredEndpoint {
  private final Body.Reader bodies;
  private final EngineRuns runs;

  StoredEndpoint(Body.Reader bodies, EngineRuns runs) {
    this.bodies = bodies;
    this.runs = runs;
  }

  Endpoint get() {
    return call -> reply(look(call));
  }

  Endpoint delete() {
    return call -> reply(forget(call));
  }

  Endpoint cancel() {
    return call -> bodies.discard(call).thenCompose(_ -> cancel(call));
  }

  static CompletionStage<HttpResponse> reply(ObjectNode body) {
    return CompletableFuture.completedStage(
        Replies.json(200, Json.bytes(json -> json.writeTree(body))));
  }

  private ObjectNode look(Call call) {
    Lookup.of(call).refuse("stream", "starting_after");
    String id = Lookup.id(call);
    return runs.live()
        .find(call.principal(), id)
        .map(LiveResponse::now)
        .or(() -> stored(call, id))
        .orElseThrow(() -> Lookup.notFound(id));
  }

  private ObjectNode forget(Call call) {
    String id = Lookup.id(call);
    if (runs.live().find(call.principal(), id).isPresent()) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID, "the response runs; cancel it before it is deleted");
    }
    if (!runs.store().delete(Viewer.of(call.principal()), id, runs.now())) {
      throw Lookup.notFound(id);
    }
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", id)
        .put("object", "response")
        .put("deleted", true);
  }

  // A body is of no account; clients send none or an empty one.
  private CompletionStage<HttpResponse> cancel(Call call) {
    String id = Lookup.id(call);
    boolean runs = this.runs.live().find(call.principal(), id).isPresent();
    if (!runs && stored(call, id).filter(StoredEndpoint::inForeground).isPresent()) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID,
          "the response has ended; only one that runs, or was made in the background, is cancelled");
    }
    return this.runs.cancel(call.principal(), id).thenCompose(StoredEndpoint::reply);
  }

  private static boolean inForeground(ObjectNode response) {
    return !response.path("background").asBoolean();
  }

  private Optional<ObjectNode> stored(Call call, String id) {
    return runs.store().response(Viewer.of(call.principal()), id, runs.now());
  }
}
