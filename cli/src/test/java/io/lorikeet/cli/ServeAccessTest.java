package io.lorikeet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.cli.Client.Reply;
import io.lorikeet.config.AccessSettings;
import io.lorikeet.config.PrincipalSettings;
import io.lorikeet.config.PrincipalSettings.Role;
import io.lorikeet.config.SettingsReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** A server with keys: whose adapters are whose, through every way to name one. */
class ServeAccessTest {
  private static final Path LLAMA =
      Path.of(System.getProperty("lorikeet.root"), "fixtures/models/llama");
  private static final String OWN = "all-linear-r4";
  private static final String OTHERS = "all-linear-r4-b";

  private static RunningServer server;
  private static Client alice;
  private static Client root;

  @BeforeAll
  static void start() {
    server =
        RunningServer.start(
            new ServedFolder(
                LLAMA, new AdapterPlaces(List.of(LLAMA.resolve("adapters")), Map.of())),
            Optional.empty(),
            SettingsReader.read(
                Optional.empty(),
                Map.of(
                    "server.port",
                    0,
                    "engine.threads",
                    2,
                    "access.keys.alice.key",
                    "key-of-alice",
                    "access.keys.alice.adapters",
                    List.of(OWN),
                    "access.keys.root.key",
                    "key-of-root",
                    "access.keys.root.role",
                    "admin")));
    alice = new Client(server.url(), "key-of-alice");
    root = new Client(server.url(), "key-of-root");
  }

  @AfterAll
  static void stop() {
    server.stop();
  }

  @Test
  void withoutAKeyNobodyAnswers() {
    Reply reply = complete(new Client(server.url()), request("llama"));

    assertEquals(401, reply.status());
    assertEquals("invalid_api_key", reply.code());
  }

  @Test
  void theBaseAndOnesOwnAdaptersAnswer() {
    assertEquals(200, complete(alice, request("llama")).status());
    assertEquals(200, complete(alice, request(OWN)).status());
    assertEquals(200, complete(root, request(OTHERS)).status());
  }

  @Test
  void othersAdaptersAreForbiddenByModel() {
    assertForbidden(request(OTHERS));
    assertForbidden(request("llama:" + OTHERS));
  }

  @Test
  void anAdapterThatIsNotThereIsForbiddenLikeOneThatIs() {
    assertForbidden(request("nobody"));
  }

  @Test
  void othersAdaptersAreForbiddenInASum() {
    ObjectNode request = request("llama");
    add(request, OWN, OTHERS);

    assertForbidden(request);
  }

  @Test
  void othersAdaptersAreForbiddenInAMergeThatAnAdminMade() {
    ObjectNode request = request("llama");
    add(request, OWN, OTHERS);
    request.putObject("merge").put("strategy", "magnitude_prune").put("density", 0.5);

    Reply made = complete(root, request);
    assertEquals(200, made.status(), made.body().toString());
    assertForbidden(request);
  }

  @Test
  void othersAdaptersAreForbiddenByLlamaCppsNumber() {
    ObjectNode request = request("llama");
    request.putArray("lora").addObject().put("id", number(OTHERS)).put("scale", 1);

    assertForbidden(request);
  }

  @Test
  void theOptionsOfServeMakeKeysAndTheEnvironmentDoesToo() {
    ServeCommand serve = new ServeCommand();
    new CommandLine(serve)
        .parseArgs("--api-key", "a", "--api-key", "b", "--admin-key", "c", "--cors-origin", "*");

    AccessSettings access =
        serve.settings(Map.of("LORIKEET_API_KEY", "d", "LORIKEET_ADMIN_KEY", "")).access();

    assertEquals(
        List.of("admin-1", "key-1", "key-2", "key-3"),
        access.principals().stream().map(PrincipalSettings::name).toList());
    assertEquals(
        List.of(Role.ADMIN, Role.USER, Role.USER, Role.USER),
        access.principals().stream().map(PrincipalSettings::role).toList());
    assertEquals(List.of("*"), access.corsOrigins());
  }

  private static ObjectNode request(String model) {
    ObjectNode request = Client.JSON.createObjectNode().put("model", model).put("max_tokens", 2);
    request.putArray("prompt").add(1).add(2).add(3);
    return request;
  }

  private static Reply complete(Client client, ObjectNode request) {
    return client.post("/v1/completions", request);
  }

  private static void assertForbidden(ObjectNode request) {
    Reply reply = complete(alice, request);

    assertEquals(403, reply.status(), reply.body().toString());
    assertEquals("adapter_forbidden", reply.code());
  }

  private static int number(String adapter) {
    for (var entry : root.get("/lora-adapters").body()) {
      if (entry.path("path").asText().equals(adapter)) {
        return entry.path("id").asInt();
      }
    }
    throw new AssertionError("there is no adapter " + adapter);
  }

  private static void add(ObjectNode request, String... adapters) {
    ArrayNode list = request.putArray("adapters");
    for (String adapter : adapters) {
      list.addObject().put("name", adapter);
    }
  }
}
