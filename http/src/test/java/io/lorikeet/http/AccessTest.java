package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.actors.Engine.AdapterStatus;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server with keys: who gets in, as whom, and how often. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String HELLO =
      "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]}";

  private TestServer server;

  @BeforeAll
  void start() {
    server =
        TestServer.start(
            Scripts::hello,
            Map.of(
                "access.keys.alice.key", "key-of-alice",
                "access.keys.alice.adapters", List.of("pirate", "team-*"),
                "access.keys.root.key", "key-of-root",
                "access.keys.root.role", "admin",
                "access.keys.slow.key", "key-of-slow",
                "access.keys.slow.requests-per-minute", 2,
                "access.cors-origins", List.of("https://a.example")));
    server.engine.adapters(adapter("pirate"), adapter("shout"), adapter("team-x"));
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/models",
        "/v1/models/pirate",
        "/info",
        "/metrics",
        "/lora-adapters",
        "/nothing"
      })
  void withoutAKeyNothingIsShown(String path) throws Exception {
    HttpResponse<String> response = server.get(path);

    assertEquals(401, response.statusCode());
    assertEquals("Bearer", response.headers().firstValue("www-authenticate").orElseThrow());
    assertTrue(response.body().contains("invalid_api_key"), response.body());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/health", "/ping", "/", "/page.js"})
  void healthChecksAndThePageNeedNone(String path) throws Exception {
    assertEquals(200, server.get(path).statusCode());
  }

  @Test
  void theStartupCheckNeedsNoneAndRunsAsNobody() throws Exception {
    assertEquals(200, server.get("/startup").statusCode());

    assertEquals("anonymous", server.takeRequest().principal());
  }

  @ParameterizedTest
  @CsvSource({
    "authorization, Bearer key-of-alice, 200",
    "authorization, bearer   key-of-alice, 200",
    "x-api-key, key-of-alice, 200",
    "authorization, key-of-alice, 401",
    "authorization, Basic key-of-alice, 401",
    "authorization, Bearer key-of-alic, 401",
    "authorization, Bearer key-of-alicee, 401",
    "authorization, Bearer KEY-OF-ALICE, 401",
    "x-api-key, nobody, 401",
  })
  void aKeyComesInOneOfTwoHeaders(String header, String value, int status) throws Exception {
    HttpResponse<String> response = send(post(CHAT).header(header, value));

    assertEquals(status, response.statusCode(), response.body());
    if (status == 200) {
      assertEquals("alice", server.takeRequest().principal());
    }
  }

  @Test
  void aRefusalNeverRepeatsTheKey() throws Exception {
    String body = send(post(CHAT).header("authorization", "Bearer a-wrong-key")).body();

    assertFalse(body.contains("a-wrong-key"), body);
  }

  @Test
  void bothFamiliesSayItInTheirOwnForm() throws Exception {
    JsonNode openAi = TestServer.json(send(post(CHAT)).body());
    JsonNode lorax = TestServer.json(send(post("/generate")).body());

    assertEquals("invalid_api_key", openAi.at("/error/code").asText());
    assertEquals("invalid_api_key", lorax.at("/code").asText());
    assertTrue(lorax.hasNonNull("error") && lorax.hasNonNull("error_type"), lorax.toString());
  }

  @Test
  void metricsNameEverybodysAdaptersAndAreForAdmins() throws Exception {
    HttpResponse<String> user = send(as("key-of-alice", "/metrics"));

    assertEquals(403, user.statusCode());
    assertTrue(user.body().contains("permission_denied"), user.body());
    assertEquals(200, send(as("key-of-root", "/metrics")).statusCode());
  }

  @Test
  void somebodySeesTheAdaptersThatTheyMayUse() throws Exception {
    assertEquals(List.of("tiny", "pirate", "team-x"), models("key-of-alice"));
    assertEquals(List.of("tiny", "pirate", "shout", "team-x"), models("key-of-root"));
    assertEquals(200, send(as("key-of-alice", "/v1/models/team-x")).statusCode());
    assertEquals(404, send(as("key-of-alice", "/v1/models/shout")).statusCode());
    assertFalse(send(as("key-of-alice", "/lora-adapters")).body().contains("shout"));
    assertTrue(send(as("key-of-root", "/lora-adapters")).body().contains("shout"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/load_lora_adapter", "/v1/unload_lora_adapter"})
  void adaptersAreLoadedAndUnloadedByAdminsOnly(String path) throws Exception {
    assertEquals(401, send(change(path)).statusCode());
    assertEquals(403, send(change(path).header("x-api-key", "key-of-alice")).statusCode());
    assertEquals(200, send(change(path).header("x-api-key", "key-of-root")).statusCode());
  }

  @Test
  void whereAdaptersLieIsForAdmins() throws Exception {
    String user = send(as("key-of-alice", "/v1/lora_adapters")).body();
    String admin = send(as("key-of-root", "/v1/lora_adapters")).body();

    assertEquals("pirate", TestServer.json(user).at("/data/0/name").asText());
    assertTrue(TestServer.json(user).at("/data/0/path").isNull(), user);
    assertFalse(user.contains("shout"), user);
    assertEquals("/adapters/pirate", TestServer.json(admin).at("/data/0/path").asText());
    assertTrue(admin.contains("shout"), admin);
  }

  @Test
  void moreRequestsThanAMinuteMayHaveAreToldWhenToComeBack() throws Exception {
    for (int i = 0; i < 2; i++) {
      assertEquals(
          200, send(post(CHAT).header("authorization", "Bearer key-of-slow")).statusCode());
      assertEquals("slow", server.takeRequest().principal());
    }
    HttpResponse<String> third = send(post(CHAT).header("authorization", "Bearer key-of-slow"));

    assertEquals(429, third.statusCode());
    assertEquals("30", third.headers().firstValue("retry-after").orElseThrow());
    assertTrue(third.body().contains("rate_limited"), third.body());
    assertEquals(200, send(as("key-of-slow", "/v1/models")).statusCode(), "looking is free");
  }

  @Test
  void aPageOfAnAllowedOriginMayCallAndOthersMayNot() throws Exception {
    HttpResponse<String> allowed = send(preflight("https://a.example"));
    HttpResponse<String> other = send(preflight("https://b.example"));

    assertEquals(204, allowed.statusCode());
    assertEquals("https://a.example", origin(allowed));
    assertEquals(
        "authorization, content-type",
        allowed.headers().firstValue("access-control-allow-headers").orElseThrow());
    assertEquals("", origin(other));
    assertEquals(401, other.statusCode());
    assertEquals(
        "https://a.example",
        origin(send(as("key-of-root", "/v1/models").header("origin", "https://a.example"))));
    assertEquals(
        "", origin(send(as("key-of-root", "/v1/models").header("origin", "https://b.example"))));
  }

  @Test
  void aRefusalCanBeReadByAnAllowedPageToo() throws Exception {
    HttpResponse<String> refused =
        send(server.request("/v1/models").GET().header("origin", "https://a.example"));

    assertEquals(401, refused.statusCode());
    assertEquals("https://a.example", origin(refused));
  }

  private HttpRequest.Builder change(String path) {
    boolean load = path.endsWith("/load_lora_adapter");
    return server
        .request(path)
        .header("content-type", "application/json")
        .POST(
            BodyPublishers.ofString(
                load
                    ? "{\"lora_name\": \"x\", \"lora_path\": \"/adapters/x\"}"
                    : "{\"lora_name\": \"x\"}"));
  }

  private static AdapterStatus adapter(String name) {
    return new AdapterStatus(name, "", "registered", "", 0, 0);
  }

  private static String origin(HttpResponse<String> response) {
    return response.headers().firstValue("access-control-allow-origin").orElse("");
  }

  private HttpRequest.Builder preflight(String origin) {
    return server
        .request(CHAT)
        .method("OPTIONS", BodyPublishers.noBody())
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type");
  }

  private List<String> models(String key) throws IOException, InterruptedException {
    List<String> ids = new ArrayList<>();
    TestServer.json(send(as(key, "/v1/models")).body())
        .get("data")
        .forEach(model -> ids.add(model.get("id").asText()));
    return ids;
  }

  private HttpRequest.Builder as(String key, String path) {
    return server.request(path).GET().header("authorization", "Bearer " + key);
  }

  private HttpRequest.Builder post(String path) {
    return server
        .request(path)
        .header("content-type", "application/json")
        .POST(BodyPublishers.ofString(HELLO));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return server.client().send(request.build(), BodyHandlers.ofString());
  }
}
