package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.actors.Target;
import io.lorikeet.actors.Target.Part;
import io.lorikeet.actors.Target.Reference.ByName;
import io.lorikeet.actors.Target.Reference.ByNumber;
import io.lorikeet.engine.adapter.merge.MajoritySign;
import io.lorikeet.engine.adapter.merge.Recipe;
import io.lorikeet.engine.adapter.merge.Strategy;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
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

  @ParameterizedTest
  @ValueSource(strings = {CHAT, COMPLETIONS, GENERATE, STREAM})
  void mergeMakesOneOfAdapters(String path) throws Exception {
    Target target =
        target(
            path,
            "\"adapters\": [{\"name\": \"pirate\", \"weight\": 0.5}, {\"name\": \"team/poet\"}],"
                + " \"merge\": {\"strategy\": \"ties\", \"density\": 0.3,"
                + " \"majority_sign_method\": \"frequency\"}");

    assertEquals(
        merged(Strategy.TIES, OptionalDouble.of(0.3), MajoritySign.FREQUENCY, 0.5, 1), target);
  }

  @ParameterizedTest
  @ValueSource(strings = {GENERATE, STREAM})
  void mergedAdaptersOfLoraxAreMergedLinearlyUnlessTheySayHow(String path) throws Exception {
    String parts = "\"ids\": [\"pirate\", \"team/poet\"], \"weights\": [0.5, -2]";

    assertEquals(
        merged(Strategy.LINEAR, OptionalDouble.empty(), MajoritySign.TOTAL, 0.5, -2),
        target(path, "\"merged_adapters\": {" + parts + ", \"density\": 0}"));
    assertEquals(
        merged(Strategy.DARE_LINEAR, OptionalDouble.of(1), MajoritySign.TOTAL, 0.5, -2),
        target(
            path,
            "\"merged_adapters\": {"
                + parts
                + ", \"merge_strategy\": \"dare_linear\", \"density\": 1}"));
  }

  @Test
  void theExactSumIsNoMerge() throws Exception {
    assertEquals(
        sum(new Part(new ByName("pirate"), 0.5)),
        target(
            CHAT,
            "\"adapters\": [{\"name\": \"pirate\", \"weight\": 0.5}], \"merge\": {\"strategy\": \"cat\"}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "parameter_out_of_range|at least one adapter ID|'ids': [], 'weights': []",
        "parameter_out_of_range|number of adapter IDs|'ids': ['a', 'b'], 'weights': [1]",
        "parameter_out_of_range|number of adapter IDs|'ids': ['a']",
        "request_invalid|`merged_adapters.ids`|'weights': [1]",
        "request_invalid|`merged_adapters.ids[0]`|'ids': [1], 'weights': [1]",
        "request_invalid|`merged_adapters.weights[1]`|'ids': ['a', 'b'], 'weights': [1, '2']",
        "parameter_out_of_range|`merged_adapters.weights[0]`|'ids': ['a'], 'weights': [1e40]",
        "parameter_out_of_range|`merged_adapters.weights[1]`|'ids': ['a', 'b'], 'weights': [1, 0]",
        "parameter_out_of_range|`merged_adapters.ids`|'ids': ['a', 'a'], 'weights': [1, 2]",
        "parameter_out_of_range|`merged_adapters.ids`"
            + "|'ids': ['a', 'b', 'c', 'd'], 'weights': [1, 1, 1, 1]",
        "parameter_out_of_range|`merged_adapters.merge_strategy`"
            + "|'ids': ['a'], 'weights': [1], 'merge_strategy': 'slerp'",
        "request_invalid|`merged_adapters.density`"
            + "|'ids': ['a', 'b'], 'weights': [1, 1], 'merge_strategy': 'ties'",
        "parameter_out_of_range|`merged_adapters.density`"
            + "|'ids': ['a', 'b'], 'weights': [1, 1], 'merge_strategy': 'ties', 'density': 0",
        "parameter_out_of_range|`merged_adapters.density`"
            + "|'ids': ['a'], 'weights': [1], 'density': 1.5",
        "parameter_out_of_range|`merged_adapters.majority_sign_method`"
            + "|'ids': ['a'], 'weights': [1], 'majority_sign_method': 'x'",
        "parameter_unsupported|`merged_adapters.weight`|'ids': ['a'], 'weight': [1]",
      })
  void wrongMergedAdaptersAreRefused(String code, String message, String fields) throws Exception {
    String body = body(GENERATE, "\"merged_adapters\": {" + fields.replace('\'', '"') + "}");

    HttpResponse<String> whole = server.post(GENERATE, body);
    HttpResponse<String> stream = server.post(STREAM, body);

    assertEquals(422, whole.statusCode(), whole.body());
    assertLoraxRefusal(code, whole.body(), message);
    assertLoraxRefusal(code, stream.body().replaceFirst("^data:", ""), message);
  }

  @Test
  void mergedAdaptersExcludeAListAndAnAdapterId() throws Exception {
    String merged = "\"merged_adapters\": {\"ids\": [\"a\"], \"weights\": [1]}, ";
    HttpResponse<String> listed =
        server.post(GENERATE, body(GENERATE, merged + "\"adapters\": [{\"name\": \"a\"}]"));
    HttpResponse<String> named =
        server.post(GENERATE, body(GENERATE, merged + "\"adapter_id\": \"a\""));

    assertLoraxRefusal("request_invalid", listed.body(), "`merged_adapters` and `adapters`");
    assertLoraxRefusal("parameter_out_of_range", named.body(), "at most one of `adapter_id`");
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
        // what is wrong with a merge
        "parameter_out_of_range|merge.strategy|'adapters': [{'name': 'a'}], 'merge': {'strategy': 'x'}",
        "parameter_unsupported|merge.strategy"
            + "|'adapters': [{'name': 'a'}], 'merge': {'strategy': 'svd'}",
        "request_invalid|merge.strategy|'adapters': [{'name': 'a'}], 'merge': {}",
        "parameter_unsupported|merge.weights"
            + "|'adapters': [{'name': 'a'}], 'merge': {'strategy': 'linear', 'weights': [1]}",
        "request_invalid|merge.density"
            + "|'adapters': [{'name': 'a'}, {'name': 'b'}], 'merge': {'strategy': 'ties'}",
        "parameter_out_of_range|merge.density|'adapters': [{'name': 'a'}, {'name': 'b'}],"
            + " 'merge': {'strategy': 'dare_ties', 'density': 0}",
        "parameter_out_of_range|merge.density|'adapters': [{'name': 'a'}, {'name': 'b'}],"
            + " 'merge': {'strategy': 'ties', 'density': 1.1}",
        "parameter_out_of_range|merge.density"
            + "|'adapters': [{'name': 'a'}], 'merge': {'strategy': 'linear', 'density': -0.1}",
        "parameter_out_of_range|merge.majority_sign_method|'adapters': [{'name': 'a'}],"
            + " 'merge': {'strategy': 'linear', 'majority_sign_method': 'x'}",
        "parameter_out_of_range|adapters|'adapters': [{'name': 'a'}],"
            + " 'merge': {'strategy': 'ties', 'density': 0.5}",
        "parameter_out_of_range|adapters|'adapters': [{'name': 'a'}, {'name': 'a'}],"
            + " 'merge': {'strategy': 'linear'}",
        "parameter_out_of_range|adapters[0].weight"
            + "|'adapters': [{'name': 'a', 'weight': 0}], 'merge': {'strategy': 'linear'}",
        "request_invalid|merge|'merge': {'strategy': 'linear'}",
        "request_invalid|merge"
            + "|'merge': {'strategy': 'linear'}, 'lora': [{'id': 1, 'scale': 1}]",
        "request_invalid|merge|'adapters': [{'name': 'a'}], 'merge': 'linear'",
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
    assertLoraxRefusal(code, whole.body(), "`" + place + "`");
    HttpResponse<String> stream = server.post(STREAM, body(STREAM, json));
    assertLoraxRefusal(code, stream.body().replaceFirst("^data:", ""), "`" + place + "`");
    assertEquals(Optional.empty(), Optional.ofNullable(server.engine.requests().poll()));
  }

  private static void assertLoraxRefusal(String code, String body, String message)
      throws Exception {
    JsonNode error = TestServer.json(body);
    assertEquals("validation", error.path("error_type").asText(), body);
    assertEquals(code, error.path("code").asText(), body);
    assertTrue(error.path("error").asText().contains(message), body);
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
    assertLoraxRefusal("request_invalid", response.body(), "`adapter_id`");
  }

  @Test
  void adaptersBesideTheParametersOfLoraxAreRefused() throws Exception {
    HttpResponse<String> response =
        server.post(GENERATE, "{\"inputs\": \"Hi\", \"adapters\": [{\"name\": \"pirate\"}]}");

    assertEquals(422, response.statusCode());
    assertLoraxRefusal("parameter_unsupported", response.body(), "`adapters`");
  }

  private Target target(String path, String fields) throws Exception {
    server.post(path, body(path, fields));
    return server.takeRequest().target();
  }

  private static Target merged(
      Strategy strategy, OptionalDouble density, MajoritySign sign, double one, double other) {
    return new Target.Merged(
        new Recipe<>(
            strategy,
            List.of(new Recipe.Part<>("pirate", one), new Recipe.Part<>("team/poet", other)),
            density,
            sign));
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
