package io.lorikeet.clients;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Clients of the servers that {@code client-tests/run} has started, and what must be answered. */
final class Servers {
  static final String CAPITAL = "What is the capital of France?";

  private static final Path GOLDEN =
      Path.of(System.getProperty("lorikeet.root"), "models/demo/golden.json");

  private Servers() {}

  /** What transformers and PEFT answer greedily. */
  record Golden(String prompt, List<Long> promptIds, String text, int answerTokens) {}

  /** The demo model with its adapters. */
  static OpenAIClient demo() {
    return client("LORIKEET_DEMO_URL", "no key");
  }

  /** The same behind keys. */
  static OpenAIClient keyed(String key) {
    return client("LORIKEET_KEYED_URL", key);
  }

  /** A server that answers what stands between « and » in the prompt. */
  static OpenAIClient dictated() {
    return client("LORIKEET_DICTATED_URL", "no key");
  }

  private static OpenAIClient client(String variable, String key) {
    String url =
        Optional.ofNullable(System.getenv(variable))
            .orElseThrow(
                () -> new IllegalStateException(variable + " is not set: start client-tests/run"));
    return OpenAIOkHttpClient.builder().baseUrl(url + "/v1").apiKey(key).maxRetries(0).build();
  }

  /** The run of one question; an empty variant is the base. */
  static Golden golden(Optional<String> variant, String question) {
    return StreamSupport.stream(read().path("runs").spliterator(), false)
        .filter(run -> run.path("variant").asText().equals(variant.orElse("null")))
        .filter(run -> run.path("messages").size() == 1)
        .filter(run -> run.at("/messages/0/content").asText().equals(question))
        .map(Servers::golden)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no golden run of " + variant + ": " + question));
  }

  private static Golden golden(JsonNode run) {
    return new Golden(
        run.path("prompt").asText(),
        StreamSupport.stream(run.path("prompt_ids").spliterator(), false)
            .map(JsonNode::asLong)
            .toList(),
        run.path("text").asText(),
        run.path("greedy_ids").size());
  }

  private static JsonNode read() {
    try {
      return new ObjectMapper().readTree(GOLDEN.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
