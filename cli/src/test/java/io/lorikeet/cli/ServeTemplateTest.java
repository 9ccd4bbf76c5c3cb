package io.lorikeet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.cli.Client.Reply;
import io.lorikeet.config.SettingsReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code serve --chat-template}. */
class ServeTemplateTest {
  private static final Path ROOT = Path.of(System.getProperty("lorikeet.root"));
  private static final Path DEMO = ROOT.resolve("models/demo");
  private static final int BYTES_MAX = 256 << 10;

  @TempDir Path folder;

  @Test
  void chatsAreWrittenWithTheTemplateOfTheOperator() throws IOException {
    Path template = write("{% for m in messages %}<<{{ m.content }}>>{% endfor %}");
    RunningServer server =
        RunningServer.start(
            ServedFolder.of(DEMO, new AdapterPlaces(List.of(), Map.of())),
            Optional.of("base"),
            SettingsReader.read(
                Optional.empty(),
                Map.of("server.port", 0, "model.chat-template", template.toString())));
    try {
      Client client = new Client(server.url());
      ObjectNode chat = Client.chat("base", "Hi");
      chat.remove("temperature");

      assertEquals("<<Hi>>", client.post("/apply-template", chat).body().path("prompt").asText());
      ObjectNode prompt = Client.JSON.createObjectNode().put("prompt", "<<Hi>>");
      int tokens =
          client
              .post("/tokenize", prompt.put("add_special_tokens", false))
              .body()
              .path("count")
              .asInt();
      assertEquals(tokens, client.post("/tokenize", chat).body().path("count").asInt());
      Reply answer = client.post("/v1/chat/completions", chat.put("max_tokens", 1));
      assertEquals(200, answer.status(), answer.toString());
      assertEquals(tokens, answer.body().at("/usage/prompt_tokens").asInt());
    } finally {
      server.stop();
    }
  }

  @Test
  void aTemplateThatDoesNotCompileStopsTheStartWithItsLine() throws IOException {
    Path template = write("{{ 1 }}\n{% for %}\n");

    Console.Outcome outcome = serve(DEMO, template);

    assertRefused(outcome, template.toString());
    assertTrue(outcome.err().contains("line 2"), outcome.err());
  }

  @Test
  void aTemplateMayHaveAsManyBytesAsTheLimitAndNoMore() throws IOException {
    Path longest = write("a".repeat(BYTES_MAX));
    assertEquals(
        BYTES_MAX, ChatTemplateFile.read(longest, SettingsReader.defaults().requests()).length());

    Path tooLong = write("a".repeat(BYTES_MAX + 1));
    Console.Outcome outcome = serve(DEMO, tooLong);

    assertRefused(outcome, tooLong.toString());
    assertTrue(outcome.err().contains("at most " + BYTES_MAX + " bytes"), outcome.err());
  }

  @Test
  void aTemplateThatIsNotThereOrNoTextIsNamed() throws IOException {
    Path missing = folder.resolve("none.jinja");
    assertRefused(serve(DEMO, missing), "there is no chat template at " + missing);

    Path binary =
        Files.write(folder.resolve("b.jinja"), "caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
    assertRefused(serve(DEMO, binary), binary + " is not UTF-8 text");
  }

  @Test
  void aModelWithoutATokenizerHasNoUseForATemplate() throws IOException {
    Path ids = ROOT.resolve("fixtures/models/llama");

    assertRefused(serve(ids, write("{{ messages }}")), "tokenizer.json");
  }

  private Path write(String template) throws IOException {
    return Files.writeString(folder.resolve("own.jinja"), template);
  }

  private static Console.Outcome serve(Path model, Path template) {
    return Console.run(
        "serve", "--port", "0", "--model", model.toString(), "--chat-template", "" + template);
  }

  private static void assertRefused(Console.Outcome outcome, String named) {
    assertEquals(2, outcome.exitCode(), outcome.err());
    assertEquals(1, outcome.err().lines().count(), outcome.err());
    assertTrue(outcome.err().contains(named), outcome.err());
  }
}
