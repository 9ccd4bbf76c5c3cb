package io.lorikeet.http.contract;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.lorikeet.http.description.Description;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** The server's own description, to hold responses and events to. Thread-safe. */
public final class Contract {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String PLACE = "http/src/main/resources/io/lorikeet/http/description/";
  private static final Pattern PAGE = Pattern.compile("/[a-z0-9_-]+\\.(html|css|js|svg|png|ico)");
  private static final String DONE = "[DONE]";

  private static final ObjectNode DOCUMENT = Description.document("test");
  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
  private static final Map<JsonNode, Schema> SCHEMAS = new ConcurrentHashMap<>();

  private Contract() {}

  /** One response, whose body is complete. */
  public record Response(String method, String path, int status, String contentType, String body) {
    private String mediaType() {
      return contentType.replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT);
    }

    private String shown() {
      String start = body.length() <= 2_000 ? body : body.substring(0, 2_000) + "...";
      return "%s %s: %d %s%n%s".formatted(method, path, status, contentType, start);
    }
  }

  /** The document itself. */
  public static ObjectNode document() {
    return DOCUMENT.deepCopy();
  }

  /**
   * Holds a response to the description.
   *
   * @throws AssertionError that says what to describe where
   */
  public static void check(Response response) {
    if (response.method().equals("OPTIONS") || PAGE.matcher(response.path()).matches()) {
      return;
    }
    Optional<JsonNode> operation = operation(response.method(), response.path());
    if (operation.isEmpty()) {
      require(
          response.status() >= 400,
          "describe %s %s in a part of %s: it is served"
              .formatted(response.method(), response.path(), PLACE),
          response);
      checkBody(schema(errorName(response.path())), response);
      return;
    }
    JsonNode responses = operation.get().path("responses");
    JsonNode described = resolved(responses.path("" + response.status()));
    if (described.isMissingNode()) {
      described = resolved(responses.path("default"));
    }
    require(!described.isMissingNode(), "describe this status in " + PLACE, response);
    JsonNode media = described.path("content").path(response.mediaType());
    require(
        !media.isMissingNode() || response.body().isEmpty(),
        "describe this content type in " + PLACE,
        response);
    checkBody(media.path("schema"), response);
  }

  /** Holds a text message of a WebSocket to the description. */
  public static void checkMessage(String path, String text) {
    JsonNode received =
        DOCUMENT.at("/paths").path(path).path("get").path("x-websocket").path("receive");
    Response shown = new Response("WebSocket", path, 101, "application/json", text);
    require(!received.isMissingNode(), "describe `x-websocket` of this path in " + PLACE, shown);
    checkJson(received, text, shown);
  }

  /** Whether the description has an operation for a method and a path, templates included. */
  public static Optional<JsonNode> operation(String method, String path) {
    return DOCUMENT.at("/paths").properties().stream()
        .filter(entry -> matches(entry.getKey(), path))
        .max(Comparator.comparingInt(entry -> entry.getKey().length()))
        .map(entry -> entry.getValue().get(method.toLowerCase(Locale.ROOT)));
  }

  // A plain path stands before a template that it would match too, the longest template before
  // others; the last part of one takes slashes.
  private static boolean matches(String template, String path) {
    if (template.equals(path)) {
      return true;
    }
    boolean plain = DOCUMENT.at("/paths").has(path);
    String pattern = template.replaceAll("\\{[a-z_]+}$", ".+").replaceAll("\\{[a-z_]+}", "[^/]+");
    return !plain && template.contains("{") && path.matches(pattern);
  }

  private static void checkBody(JsonNode schema, Response response) {
    switch (response.mediaType()) {
      case "application/json" -> checkJson(schema, response.body(), response);
      case "text/event-stream" -> checkEvents(schema, response);
      default -> {}
    }
  }

  private static void checkEvents(JsonNode schema, Response response) {
    String event = "";
    for (String line : response.body().lines().toList()) {
      if (line.startsWith("event:")) {
        event = line.substring("event:".length()).strip();
      } else if (line.startsWith("data:")) {
        String data = line.substring("data:".length()).strip();
        if (!data.equals(DONE)) {
          JsonNode value = checkJson(schema, data, response);
          require(
              event.isEmpty() || event.equals(value.path("type").asText()),
              "the event's name must be its `type`",
              response);
        }
        event = "";
      }
    }
  }

  private static JsonNode checkJson(JsonNode schema, String text, Response response) {
    JsonNode value;
    try {
      value = MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError("not JSON: " + text + "\n" + response.shown(), e);
    }
    List<Error> errors = SCHEMAS.computeIfAbsent(schema, Contract::compiled).validate(value);
    require(
        errors.isEmpty(),
        "send what %s says, or describe it there: %s%nof %s"
            .formatted(PLACE, errors, value.toString()),
        response);
    return value;
  }

  // Schemas refer to each other by places of the document, so each gets all of them.
  private static Schema compiled(JsonNode schema) {
    ObjectNode root = MAPPER.createObjectNode();
    root.putArray("allOf").add(schema);
    root.set("$defs", DOCUMENT.at("/components/schemas"));
    String text = root.toString().replace("#/components/schemas/", "#/$defs/");
    try {
      return REGISTRY.getSchema(MAPPER.readTree(text));
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? DOCUMENT.at(node.path("$ref").asText().substring(1)) : node;
  }

  private static JsonNode schema(String name) {
    return MAPPER.createObjectNode().put("$ref", "#/components/schemas/" + name);
  }

  private static String errorName(String path) {
    if (path.equals("/v1/messages") || path.startsWith("/v1/messages/")) {
      return "AnthropicError";
    }
    return path.startsWith("/v1/") ? "OpenAiError" : "LoraxError";
  }

  private static void require(boolean holds, String what, Response response) {
    if (!holds) {
      throw new AssertionError(what + "\n" + response.shown());
    }
  }
}
