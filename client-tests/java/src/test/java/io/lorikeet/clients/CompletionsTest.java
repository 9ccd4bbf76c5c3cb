package io.lorikeet.clients;

import static io.lorikeet.clients.Servers.CAPITAL;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.openai.client.OpenAIClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionChoice;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.models.Model;
import io.lorikeet.clients.Servers.Golden;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Completions and models of openai-java. */
class CompletionsTest {
  private static final Golden PARIS = Servers.golden(Optional.empty(), CAPITAL);
  private static final Golden GREETING = Servers.golden(Optional.empty(), "Hello!");

  private final OpenAIClient client = Servers.demo();

  private static CompletionCreateParams.Builder completion() {
    return CompletionCreateParams.builder().model("demo").temperature(0.0).maxTokens(100);
  }

  private List<String> texts(CompletionCreateParams params) {
    return client.completions().create(params).validate().choices().stream()
        .map(CompletionChoice::text)
        .toList();
  }

  @Test
  void allFormsOfAPromptAreCompleted() {
    assertEquals(List.of(PARIS.text()), texts(completion().prompt(PARIS.prompt()).build()));
    assertEquals(
        List.of(PARIS.text(), GREETING.text()),
        texts(
            completion()
                .promptOfArrayOfStrings(List.of(PARIS.prompt(), GREETING.prompt()))
                .build()));
    assertEquals(
        List.of(PARIS.text()),
        texts(completion().promptOfArrayOfTokens(PARIS.promptIds()).build()));
    assertEquals(
        List.of(GREETING.text(), PARIS.text()),
        texts(
            completion()
                .promptOfArrayOfTokenArrays(List.of(GREETING.promptIds(), PARIS.promptIds()))
                .build()));
  }

  @Test
  void logprobsAreThoseOfTheAnswer() {
    Completion completion =
        client
            .completions()
            .create(completion().prompt(PARIS.prompt()).logprobs(2).build())
            .validate();

    CompletionChoice.Logprobs logprobs = completion.choices().getFirst().logprobs().orElseThrow();
    assertEquals(PARIS.answerTokens(), logprobs.tokens().orElseThrow().size());
    assertEquals(PARIS.answerTokens(), logprobs.tokenLogprobs().orElseThrow().size());
  }

  @Test
  void aStreamJoinsToTheWholeAnswer() {
    try (StreamResponse<Completion> stream =
        client.completions().createStreaming(completion().prompt(PARIS.prompt()).build())) {
      assertEquals(
          PARIS.text(),
          stream.stream()
              .flatMap(chunk -> chunk.choices().stream())
              .map(CompletionChoice::text)
              .collect(Collectors.joining()));
    }
  }

  @Test
  void modelsAreListedAndRetrieved() {
    List<Model> models = client.models().list().autoPager().stream().toList();

    assertEquals("demo", models.getFirst().id());
    assertEquals(6, models.size());
    for (Model model : models) {
      assertEquals(model, client.models().retrieve(model.id()).validate());
    }
  }
}
