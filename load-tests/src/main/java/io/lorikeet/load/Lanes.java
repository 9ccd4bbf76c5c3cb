package io.lorikeet.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.load.Streams.Asked;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The lanes of one socket: a stream each, side by side. The next one begins when the server has
 * named the response of the one before it.
 */
final class Lanes {
  private final Map<String, Asked> byId = new LinkedHashMap<>();
  private final List<String> ids;
  private final Map<String, String> replies = new HashMap<>(); // by the lane that they follow
  private int begun;
  private int open;
  private String fault = "";

  /**
   * @param socket a name that no other socket has
   */
  Lanes(String socket, List<Asked> streams) {
    for (Asked asked : streams) {
      byId.put(socket + "." + (byId.size() + 1), asked);
    }
    ids = List.copyOf(byId.keySet());
    open = ids.size();
  }

  /** The socket of a lane. */
  static String socketOf(String lane) {
    return lane.replaceFirst("\\.\\d+$", "");
  }

  /** The message that begins the next lane. */
  synchronized String begin(long nowNanos) {
    String id = ids.get(begun++);
    Asked asked = byId.get(id);
    asked.stream().begin(nowNanos);
    return asked.request().deepCopy().put("stream_id", id).toString();
  }

  /** What follows an event at once: the next lane, where there is one. May be asked twice. */
  synchronized Optional<String> reply(JsonNode event, long nowNanos) {
    String lane = event.path("stream_id").asText();
    boolean named = event.path("type").asText().equals("response.created");
    if (named && !replies.containsKey(lane) && begun < ids.size()) {
      replies.put(lane, begin(nowNanos));
    }
    return named ? Optional.ofNullable(replies.get(lane)) : Optional.empty();
  }

  /**
   * An event came.
   *
   * @return whether all lanes have ended
   */
  synchronized boolean hear(String data, long nowNanos) {
    String lane = lane(data);
    Asked asked = byId.get(lane);
    if (asked == null) {
      fault = "an event of no lane: " + data;
      return true;
    }
    if (asked.stream().hear(data, nowNanos)) {
      open--;
    }
    return open == 0;
  }

  static String lane(String data) {
    try {
      return Golden.JSON.readTree(data).path("stream_id").asText();
    } catch (JsonProcessingException e) {
      return "";
    }
  }

  /** What is wrong with them; empty: nothing. */
  synchronized String verdict() {
    return fault
        + String.join(
            "; ",
            byId.values().stream()
                .map(asked -> asked.stream().verdict())
                .filter(verdict -> !verdict.isEmpty())
                .toList());
  }
}
