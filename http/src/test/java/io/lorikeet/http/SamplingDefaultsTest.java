package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.engine.model.SamplingDefaults;
import io.lorikeet.engine.sample.SamplingParams;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** How tokens are drawn where a request does not say. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SamplingDefaultsTest {
  private static final SamplingDefaults ADVICE =
      new SamplingDefaults(0.5, 20, 0.75, 0.125, List.of());

  private TestServer server;

  @BeforeAll
  void start() {
    server = TestServer.start(Scripts::hello, Map.of(), ADVICE);
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @Test
  void aRequestThatDoesNotSayDrawsAsTheModelsMakersAdvise() throws Exception {
    SamplingParams params = paramsOf("/v1/completions", "{\"model\": \"tiny\", \"prompt\": [1]}");

    assertEquals(0.5f, params.temperature());
    assertEquals(20, params.topK());
    assertEquals(0.75f, params.topP());
    assertEquals(0.125f, params.minP());
  }

  @Test
  void whatARequestSaysStands() throws Exception {
    SamplingParams params =
        paramsOf(
            "/v1/completions",
            "{\"model\": \"tiny\", \"prompt\": [1], \"temperature\": 0, \"top_k\": 0,"
                + " \"top_p\": 1, \"min_p\": 0}");

    assertEquals(0f, params.temperature());
    assertEquals(0, params.topK());
    assertEquals(1f, params.topP());
    assertEquals(0f, params.minP());
  }

  @Test
  void loraxClientsGetLoraxDefaults() throws Exception {
    SamplingParams params = paramsOf("/generate", "{\"inputs\": \"Hi\"}");

    assertEquals(0f, params.temperature());
    assertEquals(1f, params.topP());
  }

  private SamplingParams paramsOf(String path, String body) throws Exception {
    server.engine.requests().clear();
    assertEquals(200, server.post(path, body).statusCode());
    return server.engine.requests().remove().sampling();
  }
}
