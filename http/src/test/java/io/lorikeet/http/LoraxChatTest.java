package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.actors.Prompt;
import io.lorikeet.actors.ScriptedEngine.Script;
import io.lorikeet.actors.TextResult;
import io.lorikeet.actors.TextTask;
import io.lorikeet.engine.error.ErrorCode;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Inputs that the model's chat template is applied to, on LoRAX's routes. */
class LoraxChatTest {
  private static final TextResult.Token TOKEN =
      new TextResult.Token(6, "a", new byte[] {'a'}, "a", 0, 1);

  @ParameterizedTest
  @ValueSource(strings = {"/generate", "/generate_stream", "/", "/invocations"})
  void theInputsBecomeOneMessageOfTheUser(String path) throws Exception {
    try (TestServer server = TestServer.start(Scripts::hello)) {
      assertEquals(200, server.post(path, body("")).statusCode());
      assertMessage(server.takeRequest().prompts().getFirst());

      assertEquals(200, server.post(path, body(", \"truncate\": 2")).statusCode());
      Prompt.Last last =
          assertInstanceOf(Prompt.Last.class, server.takeRequest().prompts().getFirst());
      assertMessage(last.of());
      assertEquals(2, last.tokens());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/generate", "/generate_stream"})
  void theTokensOfTheWholeChatAreCounted(String path) throws Exception {
    try (TestServer server =
        TestServer.start(_ -> new Script.Reject(ErrorCode.CONTEXT_LENGTH_EXCEEDED, "ours"))) {
      server.engine.texts(task ->
          new TextResult.Tokens(
              Collections.nCopies(task instanceof TextTask.EncodeChat ? 70 : 1, TOKEN)));

      String answer = server.post(path, body("")).body();

      assertTrue(answer.contains("Given: 70"), answer);
    }
  }

  private static void assertMessage(Prompt prompt) throws Exception {
    JsonNode message = TestServer.json("{\"role\": \"user\", \"content\": \"Hi\"}");
    Prompt.Chat chat = assertInstanceOf(Prompt.Chat.class, prompt);
    assertEquals(List.of(message), chat.messages());
    assertTrue(chat.addGenerationPrompt());
    assertTrue(chat.tools().isEmpty());
  }

  private static String body(String others) {
    return "{\"inputs\": \"Hi\", \"parameters\": {\"apply_chat_template\": true" + others + "}}";
  }
}
