package io.lorikeet.http.json;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.config.RequestSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The field {@code stop}: a string or an array of strings. */
public final class Stops {
  private static final String NAME = "stop";

  private Stops() {}

  /** The strings as they stand there, unchecked. */
  public static List<String> read(Fields fields) {
    Optional<JsonNode> node = fields.any(NAME);
    if (node.isEmpty()) {
      return List.of();
    }
    if (node.get().isTextual()) {
      return List.of(node.get().textValue());
    }
    if (!node.get().isArray()) {
      throw Fields.wrongType(NAME, "a string or an array of strings", node.get());
    }
    List<String> stops = new ArrayList<>();
    for (JsonNode element : node.get()) {
      stops.add(Fields.text(NAME + "[" + stops.size() + "]", element));
    }
    return stops;
  }

  /** Checks number and lengths. */
  public static void check(List<String> stops, RequestSettings limits) {
    int most = limits.stopsMax();
    Fields.require(
        stops.size() <= most, NAME, "must hold at most " + most + " strings", stops.size());
    for (String stop : stops) {
      int characters = stop.codePointCount(0, stop.length());
      int longest = limits.stopCharactersMax();
      Fields.require(
          characters >= 1 && characters <= longest,
          NAME,
          "must hold strings of 1 to " + longest + " characters",
          characters);
    }
  }
}
