package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.actors.Target;
import io.lorikeet.actors.Target.Part;
import io.lorikeet.actors.Target.Reference.ByName;
import io.lorikeet.actors.Target.Reference.ByNumber;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who answers when a request chooses adapters: on every route, streamed and not. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdapterChoiceTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String COMPLETIONS = "/v1/completions";
  private static final String GENERATE = "/generate";
  private static final String STREAM = "/generate_stream";

  private TestServer server;

  @BeforeAll
  void start() {
    server = TestServer.start(Scripts::hello, Map.of("schedule.adapters-max", 3));
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @BeforeEach
  void forget() {
    server.engine.requests().clear();
  }

  @ParameterizedTest
  @ValueSource(strings = {CHAT, COMPLETIONS, GENERATE, STREAM})
  void adaptersNameTheSum(String path) throws Exception {
    Target target =
        target(
            path,
            "\"adapters\": [{\"name\": \"pirate\", \"weight\": -0.25}, {\"name\": \"team/poet\"}]");

    assertEquals(
        sum(new Part(new ByName("pirate"), -0.25), new Part(new ByName("team/poet"), 1)), target);
  }

  @ParameterizedTest
  @ValueSource(strings = {CHAT, COMPLETIONS, GENERATE, STREAM})
  void loraTakesNumbersAndNames(String path) throws Exception {
    Target target =
        target(
            path, "\"lora\": [{\"id\": 0, \"scale\": 2}, {\"id\": \"team/poet\", \"scale\": 1}]");

    assertEquals(sum(new Part(new ByNumber(0), 2), new Part(new ByName("team/poet"), 1)), target);
  }

  @Test
  void aScaleOfZeroLeavesAnAdapterOut() throws Exception {
    String off =
        "{\"id\": 1, \"scale\": 0}, {\"id\": 2, \"scale\": 0.0}, {\"id\": 3, \"scale\": 0}";

    assertEquals(
        sum(new Part(new ByNumber(0), 0.5)),
        target(CHAT, "\"lora\": [{\"id\": 0, \"scale\": 0.5}, " + off + "]"));
    assertEquals(sum(), target(GENERATE, "\"lora\": [" + off + "]"));
  }

  @Test
  void asManyAdaptersAsTheLimitAreServed() throws Exception {
    String three = "{\"name\": \"a\"}, {\"name\": \"b\"}, {\"name\": \"c\"}";

    Target target = target(COMPLETIONS, "\"adapters\": [" + three + "]");

    assertEquals(3, ((Target.Composed) target).parts().size());
  }

  @Test
  void anEmptyListChoosesNothing() throws Exception {
    assertEquals(new Target.Model("tiny"), target(CHAT, "\"adapters\": [], \"lora\": []"));
    assertEquals(
        new Target.Adapter(Optional.of("pirate")),
        target(GENERATE, "\"adapter_id\": \"pirate\", \"adapters\": []"));
  }

  @Test
  void anEmptyModelIsTheBaseOfASum() throws Exception {
    server.post(
        COMPLETIONS,
        "{\"model\": \"\", \"prompt\": \"Hi\", \"adapters\": [{\"name\": \"pirate\"}]}");

    assertEquals(sum(new Part(new ByName("pirate"), 1)), server.takeRequest().target());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // what is wrong with a list of ours
        "parameter_out_of_range|adapters[0].weight|'adapters': [{'name': 'a', 'weight': 0}]",
        "parameter_out_of_range|adapters[1].weight"
            + "|'adapters': [{'name': 'a'}, {'name': 'b', 'weight': 1e-60}]",
        "parameter_out_of_range|adapters[0].weight|'adapters': [{'name': 'a', 'weight': 1e40}]",
        "parameter_out_of_range|adapters|'adapters': [{'name': 'a'}, {'name': 'a', 'weight': 2}]",
        "parameter_out_of_range|adapters"
            + "|'adapters': [{'name': 'a'}, {'name': 'b'}, {'name': 'c'}, {'name': 'd'}]",
        "parameter_unsupported|adapters[0].scale|'adapters': [{'name': 'a', 'scale': 2}]",
        "request_invalid|adapters[0].name|'adapters': [{'weight': 1}]",
        "request_invalid|adapters[0].name|'adapters': [{'name': 7}]",
        "request_invalid|adapters[0].weight|'adapters': [{'name': 'a', 'weight': '1'}]",
        "request_invalid|adapters[0]|'adapters': ['a']",
        "request_invalid|adapters|'adapters': {'name': 'a'}",
        // what is wrong with one of llama.cpp's
        "parameter_out_of_range|lora|'lora': [{'id': 1, 'scale': 1}, {'id': 1, 'scale': 0}]",
        "parameter_out_of_range|lora[0].id|'lora': [{'id': 4294967296, 'scale': 1}]",
        "parameter_out_of_range|lora[0].scale|'lora': [{'id': 1, 'scale': -1e40}]",
        "request_invalid|lora[0].id|'lora': [{'scale': 1}]",
        "request_invalid|lora[0].id|'lora': [{'id': 1.5, 'scale': 1}]",
        "request_invalid|lora[0].scale|'lora': [{'id': 1}]",
        "parameter_unsupported|lora[0].weight|'lora': [{'id': 1, 'weight': 1}]",
        "request_invalid|lora|'lora': 1",
        // two at once
        "request_invalid|lora|'lora': [{'id': 1, 'scale': 0}], 'adapters': [{'name': 'a'}]",
      })
  void aWrongChoiceIsRefusedByItsPlaceOnEveryRoute(String code, String place, String fields)
      throws Exception {
    String json = fields.replace('\'', '"');
    for (String path : List.of(CHAT, COMPLETIONS)) {
      for (String stream : List.of("", ", \"stream\": true")) {
        HttpResponse<String> response = server.post(path, body(path, json + stream));
        JsonNode error = TestServer.json(response.body()).path("error");
        assertEquals(400, response.statusCode(), response.body());
        assertEquals(code, error.path("code").asText(), response.body());
        assertEquals(place, error.path("param").asText(), response.body());
      }
    }
    HttpResponse<String> whole = server.post(GENERATE, body(GENERATE, json));
    assertEquals(422, whole.statusCode(), whole.body());
    assertLoraxRefusal(code, place, whole.body());
    HttpResponse<String> stream = server.post(STREAM, body(STREAM, json));
    assertLoraxRefusal(code, place, stream.body().replaceFirst("^data:", ""));
    assertEquals(Optional.empty(), Optional.ofNullable(server.engine.requests().poll()));
  }

  private static void assertLoraxRefusal(String code, String place, String body) throws Exception {
    JsonNode error = TestServer.json(body);
    assertEquals("validation", error.path("error_type").asText(), body);
    assertEquals(code, error.path("code").asText(), body);
    assertTrue(error.path("error").asText().contains("`" + place + "`"), body);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'model': 'pirate', 'adapters': [{'name': 'pirate'}]",
        "'model': 'tiny:pirate', 'lora': [{'id': 0, 'scale': 0}]",
      })
  void aModelThatIsNotTheBaseExcludesASum(String fields) throws Exception {
    HttpResponse<String> response =
        server.post(COMPLETIONS, "{\"prompt\": \"Hi\", " + fields.replace('\'', '"') + "}");

    JsonNode error = TestServer.json(response.body()).path("error");
    assertEquals(400, response.statusCode());
    assertEquals("request_invalid", error.path("code").asText());
    assertEquals("model", error.path("param").asText());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\"adapters\": [{\"name\": \"a\"}]", "\"lora\": [{\"id\": 0, \"scale\": 0}]"})
  void anAdapterIdExcludesASum(String fields) throws Exception {
    HttpResponse<String> response =
        server.post(GENERATE, body(GENERATE, "\"adapter_id\": \"pirate\", " + fields));

    assertEquals(422, response.statusCode());
    assertLoraxRefusal("request_invalid", "adapter_id", response.body());
  }

  @Test
  void adaptersBesideTheParametersOfLoraxAreRefused() throws Exception {
    HttpResponse<String> response =
        server.post(GENERATE, "{\"inputs\": \"Hi\", \"adapters\": [{\"name\": \"pirate\"}]}");

    assertEquals(422, response.statusCode());
    assertLoraxRefusal("parameter_unsupported", "adapters", response.body());
  }

  private Target target(String path, String fields) throws Exception {
    server.post(path, body(path, fields));
    return server.takeRequest().target();
  }

  private static Target sum(Part... parts) {
    return new Target.Composed(List.of(parts));
  }

  private static String body(String path, String fields) {
    return switch (path) {
      case CHAT ->
          "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], "
              + fields
              + "}";
      case COMPLETIONS -> "{\"model\": \"tiny\", \"prompt\": \"Hi\", " + fields + "}";
      default -> "{\"inputs\": \"Hi\", \"parameters\": {" + fields + "}}";
    };
  }
}
