package io.lorikeet.engine.text.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The golden cases of {@code fixtures/chat-templates}, and inputs for other tests. */
final class TemplateFixtures {
  static final ObjectMapper JSON = new ObjectMapper();
  static final Path ROOT = Path.of(System.getProperty("lorikeet.root"));

  private static final Path FOLDER = ROOT.resolve("fixtures/chat-templates");

  private TemplateFixtures() {}

  /** One case; its name is unique. */
  record Case(String name, String template, TemplateInput input, JsonNode node) {
    Optional<String> expected() {
      return Optional.ofNullable(node.get("expected")).map(JsonNode::textValue);
    }

    String errorType() {
      return node.path("error_type").asText();
    }

    String error() {
      return node.path("error").asText();
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Case> all() {
    List<Case> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(FOLDER)) {
      files
          .filter(f -> f.getFileName().toString().endsWith(".cases.json"))
          .sorted()
          .forEach(f -> all.addAll(cases(f)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  private static List<Case> cases(Path file) {
    String group = file.getFileName().toString().replace(".cases.json", "");
    JsonNode root = json(read(file));
    Instant now = LocalDateTime.parse(root.get("now").textValue()).toInstant(ZoneOffset.UTC);
    List<Case> cases = new ArrayList<>();
    Map<String, Integer> seen = new HashMap<>();
    for (JsonNode node : root.get("cases")) {
      String template =
          node.has("template")
              ? node.get("template").textValue()
              : read(FOLDER.resolve(root.get("template").textValue()));
      String name = group + ": " + node.get("name").textValue();
      int number = seen.merge(name, 1, Integer::sum);
      cases.add(
          new Case(
              number == 1 ? name : name + " " + number, template, input(root, node, now), node));
    }
    return cases;
  }

  private static TemplateInput input(JsonNode root, JsonNode node, Instant now) {
    JsonNode messages = node.has("messages") ? node.get("messages") : root.get("messages");
    JsonNode kwargs = node.has("kwargs") ? node.get("kwargs") : root.get("kwargs");
    Map<String, JsonNode> variables = new HashMap<>();
    kwargs.properties().forEach(e -> variables.put(e.getKey(), e.getValue()));
    JsonNode prompt = variables.remove("add_generation_prompt");
    Map<String, String> tokens = new HashMap<>();
    for (String name : List.of("bos_token", "eos_token")) {
      JsonNode token = variables.remove(name);
      if (token != null && token.isTextual()) {
        tokens.put(name, token.textValue());
      } else if (token != null) {
        variables.put(name, token);
      }
    }
    return new TemplateInput(
        list(messages),
        present(node.path("tools")),
        present(node.path("documents")),
        prompt != null && prompt.booleanValue(),
        node.path("continue_final_message").booleanValue(),
        tokens,
        variables,
        now,
        ZoneOffset.UTC);
  }

  private static Optional<JsonNode> present(JsonNode node) {
    return node.isMissingNode() || node.isNull() ? Optional.empty() : Optional.of(node);
  }

  static List<JsonNode> list(JsonNode array) {
    List<JsonNode> all = new ArrayList<>();
    array.forEach(all::add);
    return all;
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A short conversation with some variables. */
  static TemplateInput input(String messages, Map<String, JsonNode> variables) {
    return new TemplateInput(
        list(json(messages)),
        Optional.empty(),
        Optional.empty(),
        false,
        false,
        Map.of(),
        variables,
        Instant.parse("2026-02-03T04:05:06Z"),
        ZoneOffset.UTC);
  }

  static String render(String template) {
    return render(template, Map.of());
  }

  static String render(String template, Map<String, JsonNode> variables) {
    return ChatTemplate.compile(template, TemplateLimits.DEFAULT)
        .render(
            input("[{\"role\":\"user\",\"content\":\"Hi\"}]", variables), TemplateLimits.DEFAULT)
        .text();
  }
}
