package io.lorikeet.http.description;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/**
 * The OpenAPI 3.1 document, joined from parts: each brings paths and schemas of its own. What we
 * send is described without room for more; what we read is open, as fields that nobody knows are
 * ignored.
 */
public final class Description {
  /** The parts, files of this package's resources. */
  public static final List<String> PARTS =
      List.of(
          "openai.json",
          "responses.json",
          "messages.json",
          "embeddings.json",
          "lorax.json",
          "text.json",
          "adapters.json",
          "server.json");

  private static final String FRAME = "frame.json";
  private static final JsonMapper MAPPER = new JsonMapper();

  private Description() {}

  /**
   * The whole document.
   *
   * @param version of the server
   * @throws IllegalStateException when two parts describe the same path or schema
   */
  public static ObjectNode document(String version) {
    ObjectNode document = read(FRAME);
    document.withObject("/info").put("version", version);
    for (String part : PARTS) {
      ObjectNode described = read(part);
      join(document.withObject("/paths"), described.withObject("/paths"), part);
      join(
          document.withObject("/components/schemas"),
          described.withObject("/components/schemas"),
          part);
    }
    return document;
  }

  private static void join(ObjectNode whole, ObjectNode added, String part) {
    for (Map.Entry<String, JsonNode> entry : added.properties()) {
      if (whole.has(entry.getKey())) {
        throw new IllegalStateException(part + " describes " + entry.getKey() + " once more");
      }
      whole.set(entry.getKey(), entry.getValue());
    }
  }

  private static ObjectNode read(String name) {
    try (InputStream in = Description.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("there is no resource " + name);
      }
      return (ObjectNode) MAPPER.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
