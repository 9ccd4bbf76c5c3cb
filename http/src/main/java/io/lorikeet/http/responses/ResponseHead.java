package io.lorikeet.http.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.sample.SamplingParams;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What stays the same of a response from its first event to its last.
 *
 * @param createdAt seconds since 1970
 * @param shown of its request, by the names that they have in the response
 * @param answerer the fields that say which adapters answer
 */
record ResponseHead(
    String id, long createdAt, ObjectNode shown, SamplingParams sampling, ObjectNode answerer) {
  /**
   * What changes.
   *
   * @param status OpenAI's word
   * @param completedAt seconds since 1970, of complete ones only
   * @param error why it failed
   * @param incomplete why it is incomplete
   * @param usage counts, once they are known
   */
  record State(
      String status,
      OptionalLong completedAt,
      Optional<ObjectNode> error,
      Optional<ObjectNode> incomplete,
      Optional<ObjectNode> usage) {
    static State running(String status) {
      return new State(
          status, OptionalLong.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }
  }

  /** The whole response. Shares its parts with others that are made here. */
  ObjectNode response(State state, ArrayNode output) {
    ObjectNode response = shown.objectNode();
    response.put("id", id).put("object", "response").put("created_at", createdAt);
    response.put("status", state.status());
    if (state.completedAt().isPresent()) {
      response.put("completed_at", state.completedAt().getAsLong());
    } else {
      response.putNull("completed_at");
    }
    response.set("error", orNull(state.error()));
    response.set("incomplete_details", orNull(state.incomplete()));
    response.set("output", output);
    for (Map.Entry<String, JsonNode> field : shown.properties()) {
      response.set(field.getKey(), field.getValue());
    }
    response.put("temperature", sampling.temperature()).put("top_p", sampling.topP());
    response.set("usage", orNull(state.usage()));
    return response.setAll(answerer);
  }

  private JsonNode orNull(Optional<ObjectNode> node) {
    return node.<JsonNode>map(present -> present).orElseGet(shown::nullNode);
  }
}
