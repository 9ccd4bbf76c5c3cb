package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.model.SamplingDefaults;
import io.lorikeet.http.contract.Contract;
import io.lorikeet.http.exchange.Ambient;
import io.lorikeet.http.exchange.Body;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.socket.Sockets;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The OpenAPI document names what is served, and nothing else. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DescriptionTest {
  private TestServer server;

  @BeforeAll
  void start() {
    server = TestServer.start(Scripts::hello);
  }

  @AfterAll
  void stop() {
    server.close();
  }

  static List<String> paths() {
    List<String> paths = new ArrayList<>();
    Contract.document().path("paths").fieldNames().forEachRemaining(paths::add);
    return paths;
  }

  @ParameterizedTest
  @MethodSource("paths")
  void everyDescribedPathIsServedWithTheDescribedMethods(String path) throws Exception {
    JsonNode described = Contract.document().path("paths").path(path);
    Set<String> methods = new TreeSet<>();
    described.fieldNames().forEachRemaining(method -> methods.add(method.toUpperCase(Locale.ROOT)));

    var response =
        server
            .client()
            .send(
                server
                    .request(example(path, described))
                    .method("PATCH", BodyPublishers.noBody())
                    .build(),
                BodyHandlers.ofString());

    assertEquals(405, response.statusCode(), path + " is described and not served");
    assertEquals(
        String.join(", ", methods),
        response.headers().firstValue("allow").orElseThrow(),
        "describe the methods of " + path);
  }

  private static String example(String path, JsonNode described) {
    String example = path;
    for (JsonNode parameter : described.elements().next().path("parameters")) {
      example =
          example.replace(
              "{" + parameter.path("name").asText() + "}", parameter.path("example").asText());
    }
    assertTrue(!example.contains("{"), "give the parameters of " + path + " an `example`");
    return example;
  }

  @Test
  void everyServedPathIsDescribed() {
    Surface surface =
        new Surface(
            server.engine,
            SettingsReader.read(Optional.empty(), Map.of()),
            SamplingDefaults.NONE,
            Ambient.system(),
            new Body.Reader(server.engine.system(), 1, TestServer.LONG),
            "build");
    Routes routes = new Routes(surface, "test", new Sockets(surface.settings().socket()));
    for (String path : routes.paths()) {
      assertTrue(
          Contract.document().path("paths").has(path),
          "describe "
              + path
              + " in a part of http/src/main/resources/io/lorikeet/http/description/, its schemas"
              + " beside it; a new part is entered in Description.PARTS");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/openapi.json", "/api-doc/openapi.json"})
  void theDocumentIsThereForEverybody(String path) throws Exception {
    var response = server.get(path);

    assertEquals(200, response.statusCode());
    JsonNode document = TestServer.json(response.body());
    assertEquals("3.1.0", document.path("openapi").asText());
    assertTrue(document.at("/info/version").asText().length() > 0);
  }

  @Test
  void thePageIsMadeFromTheDocumentAlone() throws Exception {
    String page = server.get("/docs").body();
    String script = server.get("/docs.js").body();

    assertTrue(page.contains("docs.js") && script.contains("openapi.json"));
    assertTrue(!(page + script).contains("http"), "nothing of other places is loaded");
  }

  @Test
  void everyReferenceHasATarget() {
    for (String name : references(Contract.document())) {
      assertTrue(
          Contract.document().at(name.substring(1)).isContainerNode(), name + " has no target");
    }
  }

  @Test
  void everySchemaIsUsed() {
    Set<String> unused = new TreeSet<>();
    Contract.document()
        .at("/components/schemas")
        .fieldNames()
        .forEachRemaining(name -> unused.add("#/components/schemas/" + name));
    unused.removeAll(references(Contract.document()));

    assertEquals(Set.of(), unused);
  }

  private static Set<String> references(JsonNode node) {
    Set<String> references = new TreeSet<>(node.findValuesAsText("$ref"));
    return references;
  }
}
