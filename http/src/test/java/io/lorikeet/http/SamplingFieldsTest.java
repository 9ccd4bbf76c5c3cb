package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.actors.Ending;
import io.lorikeet.actors.Generation;
import io.lorikeet.actors.Prompt;
import io.lorikeet.engine.model.SamplingDefaults;
import io.lorikeet.engine.sample.Penalties;
import io.lorikeet.engine.sample.SamplingParams;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** How tokens are drawn: as the request says, and by whose defaults where it does not. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SamplingFieldsTest {
  private static final SamplingDefaults ADVICE =
      new SamplingDefaults(0.5, 20, 0.75, 0.125, 0.875, 1.25, List.of());

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
    assertEquals(0.875f, params.typicalP());
    assertEquals(new Penalties(1.25f, 0f, 0f), params.penalties());
  }

  @Test
  void whatARequestSaysStands() throws Exception {
    SamplingParams params =
        paramsOf(
            "/v1/completions",
            "{\"model\": \"tiny\", \"prompt\": [1], \"temperature\": 0, \"top_k\": 0,"
                + " \"top_p\": 1, \"min_p\": 0, \"typical_p\": 1, \"repetition_penalty\": 1}");

    assertEquals(0f, params.temperature());
    assertEquals(0, params.topK());
    assertEquals(1f, params.topP());
    assertEquals(0f, params.minP());
    assertEquals(1f, params.typicalP());
    assertEquals(Penalties.NONE, params.penalties());
  }

  @Test
  void everyFieldOfOpenAisRoutesReachesTheEngine() throws Exception {
    String fields =
        "\"model\": \"tiny\", \"temperature\": 0.25, \"top_k\": 7, \"top_p\": 0.5, \"min_p\": 0.0625,"
            + " \"typical_p\": 0.75, \"repetition_penalty\": 1.5, \"frequency_penalty\": -1,"
            + " \"presence_penalty\": 2, \"logit_bias\": {\"9\": -100, \"3\": 0.5}, \"seed\": 12,"
            + " \"min_tokens\": 2, \"stop_token_ids\": [5, 4], \"ignore_eos\": true, \"stop\": \"x\","
            + " \"truncate_prompt_tokens\": 6, \"n\": 3}";
    for (String body :
        List.of(
            "{\"prompt\": [1], " + fields,
            "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], " + fields)) {
      String path = body.contains("prompt\": [") ? "/v1/completions" : "/v1/chat/completions";
      Generation generation = requestOf(path, body);

      SamplingParams params = generation.sampling();
      assertEquals(0.25f, params.temperature());
      assertEquals(7, params.topK());
      assertEquals(0.5f, params.topP());
      assertEquals(0.0625f, params.minP());
      assertEquals(0.75f, params.typicalP());
      assertEquals(new Penalties(1.5f, -1f, 2f), params.penalties());
      assertArrayEquals(new int[] {3, 9}, params.bias().ids());
      assertArrayEquals(new float[] {0.5f, -100f}, params.bias().values());
      assertEquals(12, params.seed());
      assertEquals(-1, params.topLogprobs());
      assertEquals(new Ending(List.of("x"), false, List.of(5, 4), true, 2), generation.ending());
      assertEquals(
          6, assertInstanceOf(Prompt.Last.class, generation.prompts().getFirst()).tokens());
      assertEquals(3, generation.choices());
    }
  }

  @Test
  void whatMayNotBeDrawnReachesTheEngine() throws Exception {
    String rules = "\"bad_words\": [\"x\", \" y\"], \"allowed_token_ids\": [9, 3, 9]}";
    for (Generation generation :
        List.of(
            requestOf("/v1/completions", "{\"model\": \"tiny\", \"prompt\": [1], " + rules),
            requestOf(
                "/v1/chat/completions",
                "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\","
                    + " \"content\": \"Hi\"}], "
                    + rules))) {
      assertEquals(List.of("x", " y"), generation.badWords());
      assertArrayEquals(new int[] {3, 9}, generation.sampling().rules().allowed());
    }
  }

  @Test
  void candidatesOfBestOfAreDrawnWithTheirLogProbabilities() throws Exception {
    Generation completion =
        requestOf(
            "/v1/completions", "{\"model\": \"tiny\", \"prompt\": [1], \"n\": 2, \"best_of\": 5}");
    Generation lorax =
        requestOf(
            "/generate",
            "{\"inputs\": \"Hi\", \"parameters\": {\"best_of\": 5, \"do_sample\": true}}");

    for (Generation generation : List.of(completion, lorax)) {
      assertEquals(5, generation.choices());
      assertEquals(0, generation.sampling().topLogprobs());
      assertTrue(generation.tokenTexts());
    }
  }

  @Test
  void everyParameterOfLoraxReachesTheEngine() throws Exception {
    Generation generation =
        requestOf(
            "/generate",
            "{\"inputs\": \"Hi\", \"parameters\": {\"temperature\": 0.25, \"top_k\": 7,"
                + " \"top_p\": 0.5, \"typical_p\": 0.75, \"repetition_penalty\": 1.5,"
                + " \"frequency_penalty\": -1, \"presence_penalty\": 2, \"seed\": 12,"
                + " \"return_k_alternatives\": 4, \"details\": true, \"truncate\": 6,"
                + " \"stop\": [\"x\"], \"ignore_eos_token\": true}}");

    SamplingParams params = generation.sampling();
    assertEquals(0.25f, params.temperature());
    assertEquals(7, params.topK());
    assertEquals(0.5f, params.topP());
    assertEquals(0.75f, params.typicalP());
    assertEquals(new Penalties(1.5f, -1f, 2f), params.penalties());
    assertEquals(12, params.seed());
    assertEquals(4, params.topLogprobs());
    assertEquals(new Ending(List.of("x"), true, List.of(), true, 0), generation.ending());
    assertEquals(
        new Prompt.Last(new Prompt.Text("Hi"), 6),
        assertInstanceOf(Prompt.Last.class, generation.prompts().getFirst()));
  }

  @Test
  void thePromptIsAskedForWhereTheClientWantsToSeeIt() throws Exception {
    String completion = "{\"model\": \"tiny\", \"prompt\": [1], ";
    String lorax = "{\"inputs\": \"Hi\", \"parameters\": {\"decoder_input_details\": true, ";

    assertEquals(OptionalInt.empty(), askedOf("/v1/completions", completion + "\"logprobs\": 2}"));
    assertEquals(OptionalInt.of(-1), askedOf("/v1/completions", completion + "\"echo\": true}"));
    assertEquals(
        OptionalInt.of(2),
        askedOf("/v1/completions", completion + "\"echo\": true, \"logprobs\": 2}"));
    assertEquals(
        OptionalInt.of(3), askedOf("/v1/completions", completion + "\"prompt_logprobs\": 3}"));
    assertEquals(
        OptionalInt.of(3),
        askedOf(
            "/v1/completions",
            completion + "\"prompt_logprobs\": 3, \"echo\": true, \"logprobs\": 2}"));
    assertEquals(OptionalInt.of(0), askedOf("/generate", lorax + "\"details\": true}}"));
    assertEquals(OptionalInt.empty(), askedOf("/generate", lorax + "\"details\": false}}"));
  }

  private OptionalInt askedOf(String path, String body) throws Exception {
    return requestOf(path, body).promptLogprobs();
  }

  @Test
  void everyFormOfSeveralPromptsReachesTheEngine() throws Exception {
    assertEquals(
        List.of(new Prompt.Text("a"), new Prompt.Text("b")),
        requestOf("/v1/completions", "{\"model\": \"tiny\", \"prompt\": [\"a\", \"b\"], \"n\": 2}")
            .prompts());
    Generation ids =
        requestOf("/v1/completions", "{\"model\": \"tiny\", \"prompt\": [[1], [2, 3]], \"n\": 2}");
    assertEquals(4, ids.sequences());
    assertArrayEquals(
        new int[] {2, 3}, assertInstanceOf(Prompt.Ids.class, ids.prompts().get(1)).ids());
    assertEquals(
        1,
        requestOf("/v1/completions", "{\"model\": \"tiny\", \"prompt\": [1, 2, 3]}")
            .prompts()
            .size());
  }

  @Test
  void penaltiesAloneDoNotMakeLoraxSample() throws Exception {
    SamplingParams params =
        paramsOf("/generate", "{\"inputs\": \"Hi\", \"parameters\": {\"repetition_penalty\": 2}}");

    assertEquals(0f, params.temperature());
    assertEquals(2f, params.penalties().repetition());
    assertEquals(
        1f,
        paramsOf("/generate", "{\"inputs\": \"Hi\", \"parameters\": {\"typical_p\": 0.5}}")
            .temperature());
  }

  @Test
  void loraxClientsGetLoraxDefaults() throws Exception {
    SamplingParams params = paramsOf("/generate", "{\"inputs\": \"Hi\"}");

    assertEquals(0f, params.temperature());
    assertEquals(1f, params.topP());
  }

  private SamplingParams paramsOf(String path, String body) throws Exception {
    return requestOf(path, body).sampling();
  }

  private Generation requestOf(String path, String body) throws Exception {
    server.engine.requests().clear();
    assertEquals(200, server.post(path, body).statusCode(), body);
    return server.engine.requests().remove();
  }
}
