package io.lorikeet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.cli.Client.Reply;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.config.ToolCallSetting;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** {@code serve --tool-call-parser}, and tools that reach a real model. */
class ServeToolsTest {
  private static final Path ROOT = Path.of(System.getProperty("lorikeet.root"));

  @ParameterizedTest
  @CsvSource({
    "--port 1, AUTO",
    "--enable-auto-tool-choice, AUTO",
    "--tool-call-parser hermes, HERMES",
    "--tool-call-parser llama3_json --enable-auto-tool-choice, LLAMA3",
    "--tool-call-parser llama3, LLAMA3",
    "--tool-call-parser mistral, MISTRAL",
    "--tool-call-parser none, NONE",
  })
  void theFormatOfCallsIsThatOfTheOption(String options, ToolCallSetting expected) {
    assertEquals(expected, serve(options).settings(Map.of()).toolCalls());
  }

  @ParameterizedTest
  @CsvSource({
    "--tool-call-parser pythonic, hermes",
    "--tool-call-parser none --enable-auto-tool-choice, exclude",
  })
  void aFormatThatIsNotKnownStopsTheStart(String options, String says) {
    ServeCommand serve = serve(options);

    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> serve.settings(Map.of()));

    assertTrue(String.valueOf(e.getMessage()).contains(says), e.getMessage());
  }

  @Test
  void toolsAndPastCallsAreTokensOfThePrompt() {
    RunningServer server =
        RunningServer.start(
            ServedFolder.of(ROOT.resolve("models/demo"), new AdapterPlaces(List.of(), Map.of())),
            Optional.of("base"),
            SettingsReader.read(
                Optional.empty(),
                Map.of(
                    "server.port",
                    0,
                    "model.chat-template",
                    ROOT.resolve("fixtures/chat-templates/im-tools.jinja").toString())));
    try {
      Client client = new Client(server.url());
      ObjectNode chat = Client.JSON.createObjectNode().put("model", "base");
      chat.putArray("messages").addObject().put("role", "user").put("content", "Hi");
      ObjectNode call = chat.withArray("messages").addObject().put("role", "assistant");
      call.putArray("tool_calls")
          .addObject()
          .put("id", "a")
          .putObject("function")
          .put("name", "add")
          .put("arguments", "{\"a\":1}");
      chat.putArray("tools")
          .addObject()
          .put("type", "function")
          .putObject("function")
          .put("name", "add");

      String prompt = client.post("/apply-template", chat).body().path("prompt").asText();
      assertTrue(
          prompt.contains("<tools>\n{\"type\": \"function\", \"function\": {\"name\": \"add\"}}\n"),
          prompt);
      assertTrue(
          prompt.contains("<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}}\n"), prompt);
      int tokens = client.post("/tokenize", chat).body().path("count").asInt();
      Reply answer = client.post("/v1/chat/completions", chat.put("max_tokens", 1));
      assertEquals(200, answer.status(), answer.toString());
      assertEquals(tokens, answer.body().at("/usage/prompt_tokens").asInt());
    } finally {
      server.stop();
    }
  }

  private static ServeCommand serve(String options) {
    ServeCommand serve = new ServeCommand();
    new CommandLine(serve).parseArgs(options.split(" ", -1));
    return serve;
  }
}
