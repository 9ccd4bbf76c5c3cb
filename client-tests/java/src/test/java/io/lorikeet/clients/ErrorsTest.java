package io.lorikeet.clients;

import static io.lorikeet.clients.Servers.CAPITAL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.openai.client.OpenAIClient;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.PermissionDeniedException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Refusals as exceptions of openai-java. */
class ErrorsTest {
  private static ChatCompletionCreateParams.Builder chat(String model) {
    return ChatCompletionCreateParams.builder().model(model).addUserMessage(CAPITAL);
  }

  private static <E extends OpenAIServiceException> E refused(
      Class<E> type, OpenAIClient client, ChatCompletionCreateParams params) {
    return assertThrows(type, () -> client.chat().completions().create(params));
  }

  @Test
  void aModelThatIsNotThereIsNotFound() {
    NotFoundException e = refused(NotFoundException.class, Servers.demo(), chat("nobody").build());

    assertEquals(Optional.of("model_not_found"), e.code());
    assertThrows(NotFoundException.class, () -> Servers.demo().models().retrieve("nobody"));
  }

  @Test
  void aRefusedStreamIsTheSameException() {
    assertThrows(
        NotFoundException.class,
        () -> {
          try (var stream =
              Servers.demo().chat().completions().createStreaming(chat("nobody").build())) {
            stream.stream().toList();
          }
        });
  }

  @Test
  void aParameterOutOfItsRangeIsABadRequestThatNamesIt() {
    BadRequestException e =
        refused(BadRequestException.class, Servers.demo(), chat("demo").topP(1.4).build());

    assertEquals(Optional.of("parameter_out_of_range"), e.code());
    assertEquals(Optional.of("top_p"), e.param());
  }

  @Test
  void aWrongKeyIsUnauthorized() {
    UnauthorizedException e =
        refused(UnauthorizedException.class, Servers.keyed("key-of-nobody"), chat("demo").build());

    assertEquals(Optional.of("invalid_api_key"), e.code());
  }

  @Test
  void anAdapterOfOthersIsDenied() {
    PermissionDeniedException e =
        refused(
            PermissionDeniedException.class, Servers.keyed("key-of-bob"), chat("shout").build());

    assertEquals(Optional.of("adapter_forbidden"), e.code());
  }
}
