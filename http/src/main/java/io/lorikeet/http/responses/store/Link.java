package io.lorikeet.http.responses.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.http.json.Json;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What one response adds to a conversation: the items that came with its request and those that it
 * is. Conversations that fork share what lies before. Holds JSON as bytes, which is what it is
 * counted by.
 */
public final class Link {
  private static final String ITEMS = "items";

  private final Optional<Link> before;
  private final byte[] input;
  private final byte[] output;
  // Responses and later links that need it; guarded by the store that counts it.
  private int users;

  Link(Optional<Link> before, List<ObjectNode> input, List<ObjectNode> output) {
    this.before = before;
    this.input = bytes(input);
    this.output = bytes(output);
  }

  Optional<Link> before() {
    return before;
  }

  long bytes() {
    return (long) input.length + output.length;
  }

  /** Counts one more user; true: it is the first one. */
  boolean use() {
    return users++ == 0;
  }

  /** Counts one user less; true: it was the last one. */
  boolean leave() {
    return --users == 0;
  }

  /** The whole conversation up to here, in order. */
  public List<ObjectNode> conversation() {
    List<ObjectNode> items = requested();
    items.addAll(output());
    return items;
  }

  /** The conversation without what this response is. */
  List<ObjectNode> requested() {
    Deque<Link> chain = new ArrayDeque<>();
    for (Optional<Link> link = before; link.isPresent(); link = link.get().before) {
      chain.push(link.get());
    }
    List<ObjectNode> items = new ArrayList<>();
    for (Link link : chain) {
      items.addAll(items(link.input));
      items.addAll(items(link.output));
    }
    items.addAll(items(input));
    return items;
  }

  List<ObjectNode> output() {
    return items(output);
  }

  /** Its own items. */
  Stream<ObjectNode> own() {
    return Stream.concat(items(input).stream(), items(output).stream());
  }

  private static byte[] bytes(List<ObjectNode> items) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.putArray(ITEMS).addAll(items);
    return Json.bytes(json -> json.writeTree(object));
  }

  private static List<ObjectNode> items(byte[] bytes) {
    List<ObjectNode> items = new ArrayList<>();
    for (JsonNode item : Json.readObject(bytes).path(ITEMS)) {
      items.add((ObjectNode) item);
    }
    return items;
  }
}
