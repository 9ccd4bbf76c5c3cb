package io.lorikeet.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What each variant of the demo model answers at temperature 0, so that an answer of another
 * adapter is seen. An adapter {@code pirate-7} is a copy of {@code pirate}.
 */
final class Golden {
  static final ObjectMapper JSON = new ObjectMapper();

  /** The base's name. */
  static final String BASE = "demo";

  private final Map<String, List<Question>> byVariant = new HashMap<>();

  private Golden() {}

  /**
   * A question and its only answer.
   *
   * @param prompt the chat as the template renders it
   * @param tokens of the answer
   */
  record Question(JsonNode messages, String prompt, String answer, int tokens) {}

  /** Reads {@code golden.json} of a model folder. */
  static Golden read(Path model) {
    Golden golden = new Golden();
    try {
      for (JsonNode run : JSON.readTree(model.resolve("golden.json").toFile()).path("runs")) {
        golden
            .byVariant
            .computeIfAbsent(run.path("variant").asText(BASE), _ -> new ArrayList<>())
            .add(
                new Question(
                    run.path("messages"),
                    run.path("prompt").asText(),
                    run.path("text").asText(),
                    run.path("greedy_ids").size()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return golden;
  }

  List<Question> of(String adapter) {
    List<Question> questions = byVariant.get(adapter.replaceFirst("-\\d+$", ""));
    if (questions == null) {
      throw new IllegalArgumentException("no golden answers of `" + adapter + "`");
    }
    return questions;
  }
}
