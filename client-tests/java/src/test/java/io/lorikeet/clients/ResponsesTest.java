package io.lorikeet.clients;

import static io.lorikeet.clients.Servers.CAPITAL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.openai.client.OpenAIClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.NotFoundException;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import io.lorikeet.clients.Servers.Golden;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Responses of openai-java. */
class ResponsesTest {
  private static final Golden PARIS = Servers.golden(Optional.empty(), CAPITAL);

  private final OpenAIClient client = Servers.demo();

  private static ResponseCreateParams.Builder asking(String input) {
    return ResponseCreateParams.builder().model("demo").input(input).temperature(0.0);
  }

  private static String text(Response response) {
    return response.output().stream()
        .flatMap(item -> item.message().stream())
        .flatMap(message -> message.content().stream())
        .flatMap(content -> content.outputText().stream())
        .map(text -> text.text())
        .collect(Collectors.joining());
  }

  @Test
  void anInputIsAnsweredAndKeptUntilItIsDeleted() {
    Response response = client.responses().create(asking(CAPITAL).build()).validate();

    assertEquals(PARIS.text(), text(response));
    assertEquals(Optional.of(ResponseStatus.COMPLETED), response.status());
    assertEquals(PARIS.promptIds().size(), response.usage().orElseThrow().inputTokens());
    assertEquals(PARIS.text(), text(client.responses().retrieve(response.id()).validate()));
    client.responses().delete(response.id());
    assertThrows(NotFoundException.class, () -> client.responses().retrieve(response.id()));
  }

  @Test
  void aConversationGoesOn() {
    Response first = client.responses().create(asking("Hi, I am Ben.").build());
    Response second =
        client
            .responses()
            .create(asking("What is my name?").previousResponseId(first.id()).build());

    assertEquals("Your name is Ben.", text(second));
  }

  @Test
  void theAccumulatedStreamIsTheWholeResponse() {
    ResponseAccumulator whole = ResponseAccumulator.create();
    try (StreamResponse<ResponseStreamEvent> stream =
        client.responses().createStreaming(asking(CAPITAL).build())) {
      stream.stream().forEach(event -> whole.accumulate(event.validate()));
    }

    assertEquals(PARIS.text(), text(whole.response()));
  }
}
