package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request may hold: at each limit, beyond it, and of the wrong type. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RefusalTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String COMPLETIONS = "/v1/completions";
  private static final String GENERATE = "/generate";
  private static final int BODY_MAX = 65_536;

  private TestServer server;

  @BeforeAll
  void start() {
    server = TestServer.start(Scripts::hello, Map.of("server.body-bytes-max", BODY_MAX));
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "temperature|0",
        "temperature|2",
        "temperature|null",
        "top_p|1",
        "top_p|0.001",
        "top_k|-1",
        "top_k|0",
        "top_k|1",
        "min_p|0",
        "min_p|1",
        "n|1",
        "n|16",
        "seed|-9223372036854775808",
        "seed|18446744073709551615",
        "max_tokens|1",
        "timeout|600",
        "timeout|0.001",
        "stop|\"x\"",
        "stop|[]",
        "ignore_eos|true",
        "return_token_ids|true",
        "best_of|1",
        "user|\"u\"",
        "unheard_of|{}",
        "lora|null",
        "adapters|[]",
        "adapter_source|\"local\"",
        "presence_penalty|-2",
        "presence_penalty|2",
        "frequency_penalty|-2",
        "frequency_penalty|2.0",
        "repetition_penalty|0.01",
        "repetition_penalty|10",
        "logit_bias|{}",
        "logit_bias|{\"0\": -100, \"99\": 100}",
        "typical_p|1",
        "typical_p|0.01",
        "stop_token_ids|[]",
        "stop_token_ids|[0, 99]",
        "truncate_prompt_tokens|1",
        "response_format|{\"type\": \"text\"}",
        "min_tokens|0",
        "min_tokens|5",
        "echo|false",
        "bad_words|[]",
        "bad_words|[\"x\", \" y z\"]",
        "allowed_token_ids|[99, 0, 99]",
        "prompt_logprobs|0",
        "prompt_logprobs|20",
      })
  void aValueWithinItsLimitsIsServedByBothRoutes(String name, String value) throws Exception {
    assertEquals(200, server.post(CHAT, chat(name, value)).statusCode());
    assertEquals(200, server.post(COMPLETIONS, completion(name, value)).statusCode());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "temperature|-0.1",
        "temperature|2.1",
        "temperature|1e40",
        "temperature|1e400",
        "top_p|0",
        "top_p|1.001",
        "top_p|1e-60",
        "top_k|-2",
        "top_k|2147483648",
        "min_p|-0.1",
        "min_p|1.1",
        "n|0",
        "n|17",
        "seed|18446744073709551616",
        "seed|-9223372036854775809",
        "max_tokens|-1",
        "allowed_token_ids|[]",
        "prompt_logprobs|-1",
        "prompt_logprobs|21",
        "max_tokens|4294967296",
        "timeout|0",
        "timeout|600.1",
        "stop|\"\"",
        "presence_penalty|-2.1",
        "frequency_penalty|2.1",
        "repetition_penalty|0",
        "repetition_penalty|-1",
        "logit_bias|{\"100\": 1}",
        "logit_bias|{\"-1\": 1}",
        "logit_bias|{\"x\": 1}",
        "logit_bias|{\"5\": 100.1}",
        "logit_bias|{\"5\": 1, \"05\": 2}",
        "typical_p|0",
        "typical_p|1.1",
        "truncate_prompt_tokens|0",
        "min_tokens|-1",
      })
  void aValueBeyondItsLimitsIsRefusedByName(String name, String value) throws Exception {
    assertRefused(400, "parameter_out_of_range", name, server.post(CHAT, chat(name, value)));
    assertRefused(
        400, "parameter_out_of_range", name, server.post(COMPLETIONS, completion(name, value)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "temperature|\"1\"",
        "top_p|true",
        "top_k|1.5",
        "min_p|[]",
        "n|\"2\"",
        "seed|1.5",
        "max_tokens|\"many\"",
        "timeout|{}",
        "stop|1",
        "stream|1",
        "ignore_eos|\"yes\"",
        "ignore_eos_token|0",
        "return_token_ids|\"no\"",
        "model|7",
        "stream_options|true",
        "presence_penalty|\"x\"",
        "repetition_penalty|true",
        "logit_bias|[]",
        "logit_bias|{\"5\": \"x\"}",
        "min_tokens|1.5",
        "stop_token_ids|7",
        "bad_words|\"x\"",
        "allowed_token_ids|1",
      })
  void aWrongTypeIsRefusedByName(String name, String value) throws Exception {
    assertRefused(400, "request_invalid", name, server.post(CHAT, chat(name, value)));
    assertRefused(400, "request_invalid", name, server.post(COMPLETIONS, completion(name, value)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "repeat_penalty|1.1",
        "length_penalty|2",
        "logits_processors|[\"x\"]",
        "use_beam_search|true",
        "response_format|{\"type\": \"json_object\"}",
        "structured_outputs|{\"regex\": \"x\"}",
        "guided_json|{}",
        "guided_regex|\"x\"",
        "guided_choice|[\"x\"]",
        "guided_grammar|\"x\"",
        "skip_special_tokens|false",
        "truncate|5",
        "watermark|true",
        "decoder_input_details|true",
        "return_k_alternatives|1",
        "priority|1",
        "merged_adapters|{\"ids\": []}",
        "adapter_source|\"hub\"",
        "api_token|7",
        "adapter_id|\"pirate\"",
        "Adapter|\"pirate\"",
        "lora_path|\"x\"",
        "my_lora|1",
      })
  void aParameterThatWouldChangeTheAnswerIsRefusedByName(String name, String value)
      throws Exception {
    assertRefused(400, "parameter_unsupported", name, server.post(CHAT, chat(name, value)));
    assertRefused(
        400, "parameter_unsupported", name, server.post(COMPLETIONS, completion(name, value)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "parameter_unsupported|echo|true",
        "request_invalid|tools|{}",
        "parameter_unsupported|tool_choice|\"required\"",
        "parameter_unsupported|tool_choice|{\"type\": \"function\", \"function\": {}}",
        "request_invalid|tool_choice|true",
        "request_invalid|parallel_tool_calls|\"yes\"",
        "parameter_unsupported|functions|[{\"name\": \"a\"}]",
        "parameter_unsupported|function_call|{\"name\": \"a\"}",
        "parameter_unsupported|chat_template|\"x\"",
        "parameter_unsupported|documents|[{}]",
        "parameter_unsupported|reasoning_effort|\"high\"",
        "parameter_out_of_range|top_logprobs|21",
        "parameter_out_of_range|max_tokens|0",
        "parameter_out_of_range|max_completion_tokens|0",
        "request_invalid|logprobs|1",
        "request_invalid|top_logprobs|1",
        "request_invalid|continue_final_message|1",
        "parameter_out_of_range|chat_template_kwargs|{\"messages\": []}",
        "request_invalid|chat_template_kwargs|[]",
        "request_invalid|messages|\"Hi\"",
        "parameter_out_of_range|messages|[]",
      })
  void chatRefusesByName(String code, String name, String value) throws Exception {
    assertRefused(400, code, name, server.post(CHAT, chat(name, value)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "request_invalid|messages[0]|[1]",
        "request_invalid|messages[0].role|[{\"content\": \"Hi\"}]",
        "request_invalid|messages[0].content|[{\"role\": \"user\", \"content\": 1}]",
        "parameter_unsupported|messages[0].content[0].type"
            + "|[{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]",
        "request_invalid|messages[0].content[0].text"
            + "|[{\"role\": \"user\", \"content\": [{\"type\": \"text\"}]}]",
        "request_invalid|messages[0].name|[{\"role\": \"user\", \"name\": 1}]",
        "parameter_unsupported|messages[0].role|[{\"role\": \"function\", \"name\": \"a\"}]",
        "parameter_unsupported|messages[0].function_call"
            + "|[{\"role\": \"assistant\", \"function_call\": {}}]",
        "request_invalid|messages[0].tool_call_id|[{\"role\": \"tool\", \"content\": \"5\"}]",
        "request_invalid|messages[0].content|[{\"role\": \"tool\", \"tool_call_id\": \"a\"}]",
        "request_invalid|messages[0].tool_calls|[{\"role\": \"assistant\", \"tool_calls\": {}}]",
        "request_invalid|messages[0].tool_calls[0]"
            + "|[{\"role\": \"assistant\", \"tool_calls\": [1]}]",
        "request_invalid|messages[0].tool_calls[0].id"
            + "|[{\"role\": \"assistant\", \"tool_calls\": [{}]}]",
        "parameter_unsupported|messages[0].tool_calls[0].type"
            + "|[{\"role\": \"assistant\", \"tool_calls\": [{\"id\": \"a\", \"type\": \"x\"}]}]",
        "request_invalid|messages[0].tool_calls[0].function"
            + "|[{\"role\": \"assistant\", \"tool_calls\": [{\"id\": \"a\"}]}]",
        "request_invalid|messages[0].tool_calls[0].function.name"
            + "|[{\"role\": \"assistant\", \"tool_calls\": [{\"id\": \"a\", \"function\": {}}]}]",
        "request_invalid|messages[0].tool_calls[0].function.arguments"
            + "|[{\"role\": \"assistant\", \"tool_calls\":"
            + " [{\"id\": \"a\", \"function\": {\"name\": \"b\", \"arguments\": 1}}]}]",
      })
  void aMessageIsRefusedByItsPlace(String code, String place, String messages) throws Exception {
    assertRefused(400, code, place, server.post(CHAT, chat("messages", messages)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "parameter_unsupported|suffix|\"x\"", "parameter_out_of_range|logprobs|6",
        "request_invalid|logprobs|true", "request_invalid|prompt|1",
        "parameter_out_of_range|prompt|[]", "request_invalid|echo|1",
      })
  void completionsRefuseByName(String code, String name, String value) throws Exception {
    assertRefused(400, code, name, server.post(COMPLETIONS, completion(name, value)));
  }

  @Test
  void aTokenForTheSourceOfAdaptersIsNotNeeded() throws Exception {
    assertEquals(200, server.post(CHAT, chat("api_token", "\"x\"")).statusCode());
    assertEquals(200, server.post(COMPLETIONS, completion("api_token", "\"x\"")).statusCode());
  }

  @Test
  void asManyBadWordsAsAllowed() throws Exception {
    Map<String, Object> few =
        Map.of("requests.bad-words-max", 2, "requests.stop-characters-max", 3);
    try (TestServer small = TestServer.start(Scripts::hello, few)) {
      String most = "[\"abc\", \"b\"]";
      assertEquals(200, small.post(CHAT, chat("bad_words", most)).statusCode());
      assertRefused(
          400,
          "parameter_out_of_range",
          "bad_words",
          small.post(CHAT, chat("bad_words", "[\"a\", \"b\", \"c\"]")));
      assertRefused(
          400,
          "parameter_out_of_range",
          "bad_words[1]",
          small.post(CHAT, chat("bad_words", "[\"abc\", \"abcd\"]")));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "parameter_out_of_range|bad_words|[\"x\", \"\"]",
        "parameter_out_of_range|bad_words|[\"x\", \" \"]",
        "request_invalid|bad_words|[\"x\", 1]",
        "parameter_out_of_range|allowed_token_ids|[1, 100]",
        "parameter_out_of_range|allowed_token_ids|[1, -1]",
        "request_invalid|allowed_token_ids|[1, \"1\"]",
      })
  void whatMayNotBeDrawnIsRefusedByItsPlace(String code, String name, String value)
      throws Exception {
    assertRefused(400, code, name + "[1]", server.post(CHAT, chat(name, value)));
    assertRefused(400, code, name + "[1]", server.post(COMPLETIONS, completion(name, value)));
  }

  @Test
  void promptLogprobsDoNotStream() throws Exception {
    String streamed = "1, \"stream\": true";
    assertRefused(
        400,
        "request_invalid",
        "prompt_logprobs",
        server.post(CHAT, chat("prompt_logprobs", streamed)));
    assertRefused(
        400,
        "request_invalid",
        "prompt_logprobs",
        server.post(COMPLETIONS, completion("prompt_logprobs", streamed)));
  }

  @Test
  void completionsMayAskForNoToken() throws Exception {
    assertEquals(200, server.post(COMPLETIONS, completion("max_tokens", "0")).statusCode());
  }

  @Test
  void asManyBiasedTokensAsAllowed() throws Exception {
    Map<String, Object> few = Map.of("requests.logit-bias-max", 2, "requests.stops-max", 2);
    try (TestServer small = TestServer.start(Scripts::hello, few)) {
      String most = "{\"1\": 1, \"2\": 1}";
      String more = "{\"1\": 1, \"2\": 1, \"3\": 1}";
      assertEquals(200, small.post(CHAT, chat("logit_bias", most)).statusCode());
      assertRefused(
          400, "parameter_out_of_range", "logit_bias", small.post(CHAT, chat("logit_bias", more)));
      assertEquals(200, small.post(CHAT, chat("stop_token_ids", "[1, 2]")).statusCode());
      assertRefused(
          400,
          "parameter_out_of_range",
          "stop_token_ids",
          small.post(CHAT, chat("stop_token_ids", "[1, 2, 3]")));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "parameter_out_of_range|prompt[1]|[[1], []]",
        "request_invalid|prompt[1]|[\"a\", 1]",
        "request_invalid|prompt[1]|[[1], 2]",
        "request_invalid|prompt[1]|[1, \"a\"]",
        "request_invalid|prompt[0]|[true]",
        "parameter_out_of_range|prompt[1][0]|[[1], [100]]",
      })
  void aPromptIsRefusedByItsPlace(String code, String place, String prompts) throws Exception {
    assertRefused(400, code, place, server.post(COMPLETIONS, completion("prompt", prompts)));
  }

  @Test
  void asManyPromptsAsAllowed() throws Exception {
    String most = "[" + "[1],".repeat(63) + "[1]]";
    String more = "[" + "[1],".repeat(64) + "[1]]";
    assertEquals(200, server.post(COMPLETIONS, completion("prompt", most)).statusCode());
    assertRefused(
        400,
        "parameter_out_of_range",
        "prompt",
        server.post(COMPLETIONS, completion("prompt", more)));
  }

  @Test
  void bestOfBelongsToCompletionsThatAreNotStreamed() throws Exception {
    assertEquals(200, server.post(COMPLETIONS, completion("best_of", "16")).statusCode());
    assertEquals(
        200,
        server
            .post(COMPLETIONS, completion("best_of", "2, \"n\": 2, \"stream\": true"))
            .statusCode());
    assertRefused(
        400,
        "parameter_out_of_range",
        "best_of",
        server.post(COMPLETIONS, completion("best_of", "17")));
    assertRefused(
        400,
        "parameter_out_of_range",
        "best_of",
        server.post(COMPLETIONS, completion("best_of", "1, \"n\": 2")));
    assertRefused(
        400,
        "request_invalid",
        "best_of",
        server.post(COMPLETIONS, completion("best_of", "2, \"stream\": true")));
    assertRefused(400, "parameter_unsupported", "best_of", server.post(CHAT, chat("best_of", "2")));
  }

  @Test
  void aTokenIdOutsideTheVocabularyIsRefusedByItsPlace() throws Exception {
    assertRefused(
        400,
        "parameter_out_of_range",
        "stop_token_ids[1]",
        server.post(COMPLETIONS, completion("stop_token_ids", "[99, 100]")));
    assertRefused(
        400,
        "parameter_out_of_range",
        "prompt[1]",
        server.post(COMPLETIONS, completion("prompt", "[99, 100]")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "parameter_out_of_range|temperature|-1",
        "parameter_out_of_range|top_k|0",
        "parameter_out_of_range|top_p|1.1",
        "parameter_out_of_range|typical_p|1",
        "parameter_out_of_range|repetition_penalty|0",
        "parameter_out_of_range|best_of|2",
        "parameter_out_of_range|max_new_tokens|0",
        "parameter_out_of_range|seed|-1",
        "parameter_out_of_range|frequency_penalty|2.1",
        "parameter_out_of_range|return_k_alternatives|0",
        "parameter_unsupported|watermark|true",
        "parameter_out_of_range|min_p|1.1",
        "parameter_out_of_range|logit_bias|{\"1\": 101}",
        "parameter_unsupported|stop_sequences|[\"a\"]",
        "parameter_out_of_range|min_tokens|-1",
        "parameter_unsupported|min_new_tokens|3",
        "parameter_unsupported|top_n_tokens|2",
        "parameter_unsupported|adapter_source|\"hub\"",
        "parameter_unsupported|adapter_name|\"pirate\"",
        "parameter_unsupported|api_token|7",
        "request_invalid|temperature|\"1\"",
        "request_invalid|apply_chat_template|\"yes\"",
        "request_invalid|stop|7",
      })
  void generateRefusesByName(String code, String name, String value) throws Exception {
    HttpResponse<String> response =
        server.post(
            GENERATE, "{\"inputs\": \"Hi\", \"parameters\": {\"" + name + "\": " + value + "}}");

    JsonNode body = TestServer.json(response.body());
    assertEquals(422, response.statusCode());
    assertEquals("validation", body.get("error_type").asText());
    assertEquals(code, body.get("code").asText());
    assertTrue(body.get("error").asText().contains("`" + name + "`"), response.body());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"temperature\": -1|`temperature` must be non-negative",
        "\"repetition_penalty\": 0|`repetition_penalty` must be strictly positive",
        "\"typical_p\": 1|`typical_p` must be > 0.0 and < 1.0",
        "\"top_p\": 0|`top_p` must be > 0.0 and < 1.0",
        "\"top_k\": 0|`top_k` must be strictly positive",
        "\"return_k_alternatives\": 0|`return_k_alternatives` must be strictly positive",
        "\"return_k_alternatives\": 21|`return_k_alternatives` must be <= 20. Given: 21",
        "\"truncate\": 0|`truncate` must be strictly positive and less than 63. Given: 0",
        "\"truncate\": 64|`truncate` must be strictly positive and less than 63. Given: 64",
        "\"best_of\": 2|you must use sampling when `best_of` is > 1",
        "\"best_of\": 2, \"do_sample\": true, \"seed\": 1|`seed` must not be set when `best_of` > 1",
        "\"best_of\": 0|`best_of` must be > 0 and <= 16. Given: 0",
        "\"best_of\": 17, \"do_sample\": true|`best_of` must be > 0 and <= 16. Given: 17",
        // The first rule that is broken, in LoRAX's order.
        "\"best_of\": 2, \"temperature\": -1, \"seed\": 1|`temperature` must be non-negative",
        "\"best_of\": 2, \"temperature\": 1, \"top_k\": 0, \"seed\": 1"
            + "|`top_k` must be strictly positive",
        "\"typical_p\": 0, \"top_k\": 0|`typical_p` must be > 0.0 and < 1.0",
      })
  void generateRefusesInLoraxsWordsAndOrder(String parameters, String message) throws Exception {
    HttpResponse<String> response =
        server.post(GENERATE, "{\"inputs\": \"Hi\", \"parameters\": {" + parameters + "}}");

    assertEquals(422, response.statusCode());
    assertEquals(
        "Input validation error: " + message,
        TestServer.json(response.body()).get("error").asText());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"repetition_penalty\": 1.2",
        "\"frequency_penalty\": 2",
        "\"presence_penalty\": -2",
        "\"typical_p\": 0.999",
        "\"truncate\": 1",
        "\"truncate\": 63",
        "\"return_k_alternatives\": 20",
        "\"best_of\": 16, \"do_sample\": true",
        "\"best_of\": 1, \"seed\": 1",
        "\"api_token\": \"x\"",
        "\"apply_chat_template\": false",
      })
  void generateServesValuesWithinTheirLimits(String parameters) throws Exception {
    String body = "{\"inputs\": \"Hi\", \"parameters\": {" + parameters + "}}";

    assertEquals(200, server.post(GENERATE, body).statusCode());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''",
        "{",
        "[]",
        "{} {}",
        "{\"model\": \"tiny\", \"model\": \"pirate\"}",
        "{\"top_p\": NaN}"
      })
  void aBodyThatIsNoJsonObjectIsRefused(String body) throws Exception {
    for (String path : new String[] {CHAT, COMPLETIONS, GENERATE}) {
      HttpResponse<String> response = server.post(path, body);

      assertEquals(400, response.statusCode(), path);
      assertTrue(TestServer.json(response.body()).has("error"), path);
    }
  }

  @Test
  void deepNestingIsRefused() throws Exception {
    String deep = "[".repeat(100) + "]".repeat(100);

    assertEquals(400, server.post(CHAT, chat("user", deep)).statusCode());
  }

  @Test
  void aBodyOfTheLargestSizeIsReadAndOneByteMoreIsNot() throws Exception {
    String body = chat("user", "\"\"");
    String largest = body + " ".repeat(BODY_MAX - body.length());

    HttpResponse<String> refused = server.post(CHAT, largest + " ");

    assertEquals(200, server.post(CHAT, largest).statusCode());
    assertEquals(413, refused.statusCode());
    assertEquals("body_too_large", TestServer.json(refused.body()).at("/error/code").asText());
  }

  @Test
  void aBodyWithoutJsonContentTypeIsRefused() throws Exception {
    HttpRequest request =
        server
            .request(CHAT)
            .header("content-type", "text/plain")
            .POST(HttpRequest.BodyPublishers.ofString("{}"))
            .build();

    HttpResponse<String> response = server.client().send(request, BodyHandlers.ofString());

    assertEquals(415, response.statusCode());
    assertTrue(TestServer.json(response.body()).has("error"));
  }

  private static void assertRefused(
      int status, String code, String name, HttpResponse<String> response) throws IOException {
    JsonNode error = TestServer.json(response.body()).get("error");
    assertEquals(status, response.statusCode(), response.body());
    assertEquals(code, error.get("code").asText(), response.body());
    assertEquals(name, error.get("param").asText(), response.body());
  }

  private static String chat(String name, String value) {
    return body("\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]", name, value);
  }

  private static String completion(String name, String value) {
    return body("\"prompt\": \"Hi\"", name, value);
  }

  private static String body(String input, String name, String value) {
    String model = name.equals("model") ? "" : "\"model\": \"tiny\", ";
    String given = input.startsWith("\"" + name + "\"") ? "" : input + ", ";
    return "{" + model + given + "\"" + name + "\": " + value + "}";
  }
}
