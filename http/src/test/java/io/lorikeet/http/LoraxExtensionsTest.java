package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.actors.Generation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Parameters of other servers that LoRAX's routes have here. */
class LoraxExtensionsTest {
  @ParameterizedTest
  @ValueSource(strings = {"/generate", "/generate_stream"})
  void otherServersParametersReachTheEngine(String path) throws Exception {
    try (TestServer server = TestServer.start(Scripts::hello)) {
      String extended = "\"min_p\": 0.25, \"logit_bias\": {\"7\": -5}, \"min_tokens\": 3";
      assertEquals(200, server.post(path, body(extended)).statusCode());
      Generation generation = server.takeRequest();

      assertEquals(0.25f, generation.sampling().minP());
      assertEquals(1f, generation.sampling().temperature());
      assertArrayEquals(new int[] {7}, generation.sampling().bias().ids());
      assertArrayEquals(new float[] {-5}, generation.sampling().bias().values());
      assertEquals(3, generation.ending().minTokens());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"min_p\": 2", "\"logit_bias\": {\"100\": 1}", "\"min_tokens\": -1"})
  void aStreamRefusesThemInAnEvent(String parameter) throws Exception {
    try (TestServer server = TestServer.start(Scripts::hello)) {
      var response = server.post("/generate_stream", body(parameter));

      assertEquals(200, response.statusCode());
      assertTrue(response.body().startsWith("data:{\"error\":"), response.body());
    }
  }

  private static String body(String parameters) {
    return "{\"inputs\": \"Hi\", \"parameters\": {" + parameters + "}}";
  }
}
