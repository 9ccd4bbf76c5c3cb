package io.lorikeet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.cli.Client.Reply;
import io.lorikeet.config.SettingsReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real adapters that come and go while the server runs. */
class ServeLoadedAdaptersTest {
  private static final Path DEMO = Path.of(System.getProperty("lorikeet.root"), "models/demo");
  private static final String QUESTION = "What is the capital of France?";

  @TempDir Path root;

  private RunningServer server;
  private Client client;
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeEach
  void start() throws IOException {
    Path brief = root.resolve("start/brief");
    copy("brief", brief);
    server =
        RunningServer.start(
            new ServedFolder(DEMO, new AdapterPlaces(List.of(root.resolve("start")), Map.of())),
            Optional.empty(),
            SettingsReader.read(
                Optional.empty(),
                Map.of(
                    "server.port",
                    0,
                    "engine.threads",
                    2,
                    "adapters.roots",
                    List.of(root.toString()))));
    client = new Client(server.url());
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  @Test
  void anAdapterIsLoadedUsedReplacedAndUnloaded() throws Exception {
    assertEquals(404, ask("voice").status());
    assertEquals(200, load("voice", "shout", "v1", false).statusCode());
    assertEquals("THE CAPITAL OF FRANCE IS PARIS.", ask("voice").text());
    String shout = listed("voice").path("generation").asText();

    assertEquals(200, load("voice", "shout", "same", false).statusCode());
    assertEquals(shout, listed("voice").path("generation").asText());
    HttpResponse<String> other = load("voice", "pirate", "v2", false);
    assertEquals(400, other.statusCode());
    assertTrue(other.body().contains("load_inplace"), other.body());
    assertEquals("THE CAPITAL OF FRANCE IS PARIS.", ask("voice").text());

    assertEquals(200, load("voice", "pirate", "v2", true).statusCode());
    assertNotEquals(shout, listed("voice").path("generation").asText());
    assertNotEquals("THE CAPITAL OF FRANCE IS PARIS.", ask("voice").text());

    assertEquals(200, unload("voice").statusCode());
    assertEquals(404, ask("voice").status());
    assertTrue(listed("voice").isMissingNode());
    assertEquals(404, unload("voice").statusCode());
  }

  @Test
  void aStreamEndsWithTheAdapterThatItBeganWith() throws Exception {
    load("voice", "pirate", "v1", false);
    String whole = client.post("/v1/chat/completions", endless()).body().at(content()).asText();

    StringBuilder streamed = new StringBuilder();
    try (Stream<String> lines = client.openLines("/v1/chat/completions", endless())) {
      Iterator<String> all = lines.iterator();
      all.next();
      assertEquals(200, unload("voice").statusCode());
      while (all.hasNext()) {
        String line = all.next();
        if (line.startsWith("data: {")) {
          streamed.append(
              Client.JSON.readTree(line.substring(6)).at("/choices/0/delta/content").asText());
        }
      }
    }

    assertEquals(whole, streamed.toString());
    assertEquals(404, ask("voice").status());
  }

  @Test
  void anAdapterOfTheStartIsRemovedUntilItIsLoadedAgain() throws Exception {
    String before = ask("brief").text();

    assertEquals(200, unload("brief").statusCode());
    assertEquals(404, ask("brief").status());
    assertEquals(200, load("brief", "brief", "again", false).statusCode());
    assertEquals(before, ask("brief").text());
  }

  @Test
  void aFolderThatCannotBeServedIsRefusedWithTheLoadersCode() throws Exception {
    Path folder = root.resolve("broken");
    copy("pirate", folder);
    Files.writeString(folder.resolve("adapter_config.json"), "{\"peft_type\": \"PROMPT_TUNING\"}");

    HttpResponse<String> refused = load("voice", folder.toString(), false);

    assertEquals(422, refused.statusCode());
    assertTrue(refused.body().contains("adapter_type_unsupported"), refused.body());
    assertEquals(404, ask("voice").status());
    assertEquals(
        422, load("voice", DEMO.resolve("adapters/pirate").toString(), false).statusCode());
  }

  private static String content() {
    return "/choices/0/message/content";
  }

  private static ObjectNode endless() {
    return Client.chat("voice", QUESTION).put("max_tokens", 200).put("ignore_eos", true);
  }

  private Reply ask(String model) {
    return client.post("/v1/chat/completions", Client.chat(model, QUESTION));
  }

  private JsonNode listed(String name) {
    for (JsonNode adapter : client.get("/v1/lora_adapters").body().path("data")) {
      if (adapter.path("name").asText().equals(name)) {
        return adapter;
      }
    }
    return MissingNode.getInstance();
  }

  private HttpResponse<String> load(String name, String from, String folder, boolean inplace)
      throws Exception {
    copy(from, root.resolve(folder));
    return load(name, root.resolve(folder).toString(), inplace);
  }

  private HttpResponse<String> load(String name, String path, boolean inplace) throws Exception {
    return post(
        "/v1/load_lora_adapter",
        Client.JSON
            .createObjectNode()
            .put("lora_name", name)
            .put("lora_path", path)
            .put("load_inplace", inplace));
  }

  private HttpResponse<String> unload(String name) throws Exception {
    return post("/v1/unload_lora_adapter", Client.JSON.createObjectNode().put("lora_name", name));
  }

  private HttpResponse<String> post(String path, JsonNode body) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(server.url() + path))
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofString(body.toString()))
            .build(),
        BodyHandlers.ofString());
  }

  private static void copy(String adapter, Path to) throws IOException {
    Files.createDirectories(to);
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
      Files.copy(
          DEMO.resolve("adapters").resolve(adapter).resolve(file),
          to.resolve(file),
          StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
