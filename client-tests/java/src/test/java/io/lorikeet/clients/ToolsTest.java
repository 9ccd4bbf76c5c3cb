package io.lorikeet.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tool calls of openai-java. */
class ToolsTest {
  private static final String CALL =
      "«<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}\n"
          + "</tool_call>»";
  private static final String ARGUMENTS = "{\"city\": \"Paris\"}";

  private final OpenAIClient client = Servers.dictated();

  private static ChatCompletionCreateParams.Builder asking() {
    return ChatCompletionCreateParams.builder()
        .model("tools")
        .addUserMessage(CALL)
        .addFunctionTool(
            FunctionDefinition.builder()
                .name("get_weather")
                .description("What the weather is like in a city.")
                .parameters(
                    FunctionParameters.builder()
                        .putAdditionalProperty("type", JsonValue.from("object"))
                        .putAdditionalProperty(
                            "properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
                        .build())
                .build());
  }

  private static void assertCalls(ChatCompletion.Choice choice) {
    ChatCompletionMessageFunctionToolCall call = call(choice);
    assertEquals(ChatCompletion.Choice.FinishReason.TOOL_CALLS, choice.finishReason());
    assertEquals("get_weather", call.function().name());
    assertEquals(ARGUMENTS.replace(" ", ""), call.function().arguments().replace(" ", ""));
  }

  private static ChatCompletionMessageFunctionToolCall call(ChatCompletion.Choice choice) {
    return choice.message().toolCalls().orElseThrow().getFirst().asFunction();
  }

  @Test
  void aCallIsGivenAndItsResultAnswered() {
    ChatCompletion.Choice asked =
        client.chat().completions().create(asking().build()).validate().choices().getFirst();
    assertCalls(asked);

    ChatCompletion answered =
        client
            .chat()
            .completions()
            .create(
                asking()
                    .addMessage(asked.message())
                    .addMessage(
                        ChatCompletionToolMessageParam.builder()
                            .toolCallId(call(asked).id())
                            .content("«It is 18 degrees in Paris.»")
                            .build())
                    .build());
    assertEquals(
        Optional.of("It is 18 degrees in Paris."),
        answered.choices().getFirst().message().content());
  }

  @Test
  void aStreamedCallIsAccumulated() {
    ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(asking().build())) {
      stream.stream().forEach(chunk -> whole.accumulate(chunk.validate()));
    }

    List<ChatCompletion.Choice> choices = whole.chatCompletion().choices();
    assertCalls(choices.getFirst());
  }
}
