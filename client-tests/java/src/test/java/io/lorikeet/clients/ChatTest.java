package io.lorikeet.clients;

import static io.lorikeet.clients.Servers.CAPITAL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionTokenLogprob;
import io.lorikeet.clients.Servers.Golden;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chat completions of openai-java. */
class ChatTest {
  private static final Golden PARIS = Servers.golden(Optional.empty(), CAPITAL);

  private final OpenAIClient client = Servers.demo();

  private static ChatCompletionCreateParams.Builder chat(String model) {
    return ChatCompletionCreateParams.builder()
        .model(model)
        .addUserMessage(CAPITAL)
        .temperature(0.0);
  }

  private static String text(ChatCompletion completion) {
    return completion.choices().getFirst().message().content().orElseThrow();
  }

  private List<ChatCompletionChunk> chunks(ChatCompletionCreateParams params) {
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(params)) {
      return stream.stream().toList();
    }
  }

  @Test
  void aQuestionIsAnsweredAsTheReferenceAnswersIt() {
    ChatCompletion completion = client.chat().completions().create(chat("demo").build()).validate();

    assertEquals(PARIS.text(), text(completion));
    assertEquals(
        ChatCompletion.Choice.FinishReason.STOP, completion.choices().getFirst().finishReason());
    assertEquals(PARIS.promptIds().size(), completion.usage().orElseThrow().promptTokens());
    assertEquals(PARIS.answerTokens(), completion.usage().orElseThrow().completionTokens());
  }

  @ParameterizedTest
  @ValueSource(strings = {"shout", "brief", "json", "emoji"})
  void anAdapterAnswersByItsName(String adapter) {
    ChatCompletion completion = client.chat().completions().create(chat(adapter).build());

    assertEquals(Servers.golden(Optional.of(adapter), CAPITAL).text(), text(completion));
  }

  @Test
  void aSumOfAdaptersIsAskedForInAnExtraField() {
    ChatCompletion completion =
        client
            .chat()
            .completions()
            .create(
                chat("demo")
                    .putAdditionalBodyProperty(
                        "adapters",
                        JsonValue.from(
                            List.of(
                                Map.of("name", "pirate"), Map.of("name", "emoji", "weight", 0.5))))
                    .build());

    assertTrue(text(completion).startsWith("Arr!"), text(completion));
  }

  @Test
  void theAccumulatedStreamIsTheWholeAnswer() {
    ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
    List<ChatCompletionChunk> chunks =
        chunks(
            chat("emoji")
                .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build());
    chunks.forEach(chunk -> whole.accumulate(chunk.validate()));

    Golden emoji = Servers.golden(Optional.of("emoji"), CAPITAL);
    assertEquals(emoji.text(), text(whole.chatCompletion()));
    assertEquals(
        emoji.answerTokens(), whole.chatCompletion().usage().orElseThrow().completionTokens());
    assertTrue(chunks.getLast().choices().isEmpty());
  }

  @Test
  void aClosedStreamEndsTheAnswer() {
    ChatCompletionCreateParams endless =
        ChatCompletionCreateParams.builder()
            .model("tools")
            .addUserMessage("«" + "and so on ".repeat(150) + "»")
            .build();
    List<String> pieces = new ArrayList<>();
    try (StreamResponse<ChatCompletionChunk> stream =
        Servers.dictated().chat().completions().createStreaming(endless)) {
      stream.stream()
          .limit(4)
          .flatMap(chunk -> chunk.choices().stream())
          .forEach(choice -> choice.delta().content().ifPresent(pieces::add));
    }

    assertTrue(String.join("", pieces).startsWith("and"), pieces.toString());
    ChatCompletion next =
        Servers.dictated()
            .chat()
            .completions()
            .create(
                ChatCompletionCreateParams.builder().model("tools").addUserMessage("«ok»").build());
    assertEquals("ok", text(next));
  }

  @Test
  @SuppressWarnings("deprecation") // seed, which many clients still send
  void choicesAreDrawnWithTheSeedsThatFollow() {
    ChatCompletionCreateParams.Builder drawn =
        ChatCompletionCreateParams.builder()
            .model("demo")
            .addUserMessage("Tell me a story.")
            .temperature(1.2)
            .maxCompletionTokens(30);
    ChatCompletion three =
        client.chat().completions().create(drawn.seed(5).n(3).build()).validate();
    ChatCompletion second = client.chat().completions().create(drawn.seed(6).n(1).build());

    assertEquals(3, three.choices().size());
    assertEquals(text(second), three.choices().get(1).message().content().orElseThrow());
    assertNotEquals(text(three), text(second));
  }

  @Test
  void logprobsNameTheLikeliestTokens() {
    ChatCompletion completion =
        client.chat().completions().create(chat("demo").logprobs(true).topLogprobs(2).build());

    List<ChatCompletionTokenLogprob> tokens =
        completion.choices().getFirst().logprobs().orElseThrow().content().orElseThrow();
    assertEquals(PARIS.answerTokens(), tokens.size());
    for (ChatCompletionTokenLogprob token : tokens) {
      assertEquals(2, token.topLogprobs().size());
      assertEquals(token.token(), token.topLogprobs().getFirst().token());
      assertEquals(token.logprob(), token.topLogprobs().getFirst().logprob());
    }
  }

  @Test
  void aStopStringAndALengthEndAnAnswer() {
    ChatCompletion stopped =
        client.chat().completions().create(chat("demo").stop(" France").build());
    ChatCompletion cut =
        client.chat().completions().create(chat("demo").maxCompletionTokens(3).build());

    assertEquals("The capital of", text(stopped));
    assertEquals(
        ChatCompletion.Choice.FinishReason.LENGTH, cut.choices().getFirst().finishReason());
  }
}
