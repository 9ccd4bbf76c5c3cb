package io.lorikeet.http.responses.request;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.Stream;

/**
 * A request for a response, read and checked.
 *
 * @param earlier items of the conversation that it continues
 * @param input new items, in full form
 * @param chat the same request in the form of a chat, which holds the whole conversation
 * @param shown what of it stands in the response, by the name there
 * @param stream server-sent events instead of one body
 * @param store whether the response is kept for later
 * @param background answered at once, made later
 */
public record ResponseRequest(
    List<ObjectNode> earlier,
    List<ObjectNode> input,
    ObjectNode chat,
    ObjectNode shown,
    boolean stream,
    boolean store,
    boolean background) {
  public ResponseRequest {
    earlier = List.copyOf(earlier);
    input = List.copyOf(input);
  }

  /** What its answer is made from, in order. */
  public List<ObjectNode> items() {
    return Stream.concat(earlier.stream(), input.stream()).toList();
  }
}
