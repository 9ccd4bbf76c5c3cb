package io.lorikeet.http.responses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.http.chat.ToolCall;
import io.lorikeet.http.chat.TurnEvent;
import io.lorikeet.http.chat.TurnFinish;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResponseEventsTest {
  private final List<ObjectNode> told = new ArrayList<>();

  @Test
  void textBeforeAndBehindACallAreMessagesOfTheirOwn() {
    ResponseEvents events = events(false);

    fold(events, text("Wait"), begun(0), arguments("{"), arguments("}"), ended("{}"));
    fold(events, text("Done"), end(TurnFinish.TOOL_CALLS), new TurnEvent.Completed(2, 5));

    assertEquals(
        List.of(
            "response.output_item.added 0",
            "response.content_part.added 0",
            "response.output_text.delta 0",
            "response.output_text.done 0",
            "response.content_part.done 0",
            "response.output_item.done 0",
            "response.output_item.added 1",
            "response.function_call_arguments.delta 1",
            "response.function_call_arguments.delta 1",
            "response.function_call_arguments.done 1",
            "response.output_item.done 1",
            "response.output_item.added 2",
            "response.content_part.added 2",
            "response.output_text.delta 2",
            "response.output_text.done 2",
            "response.content_part.done 2",
            "response.output_item.done 2",
            "response.completed"),
        told.stream().map(ResponseEventsTest::shown).toList());
    JsonNode output = told.getLast().at("/response/output");
    assertEquals("msg_k_o0", output.at("/0/id").asText());
    assertEquals("fc_k_o1", output.at("/1/id").asText());
    assertEquals("call_1", output.at("/1/call_id").asText());
    assertEquals("{}", output.at("/1/arguments").asText());
    assertEquals("in_progress", told.get(6).at("/item/status").asText());
    assertEquals("", told.get(6).at("/item/arguments").asText("none"));
  }

  @Test
  void anAnswerWithoutAWordIsAnEmptyMessage() {
    ResponseEvents events = events(false);

    fold(events, text(""), end(TurnFinish.STOP_TOKEN), new TurnEvent.Completed(2, 1));

    JsonNode output = told.getLast().at("/response/output");
    assertEquals(1, output.size());
    assertEquals("", output.at("/0/content/0/text").asText("none"));
    assertEquals("completed", output.at("/0/status").asText());
  }

  @ParameterizedTest
  @CsvSource({"'{\"a\": ', incomplete", "'{\"a\": 1}', completed"})
  void aCallThatWasCutIsIncompleteAndOneBeforeTheCutIsNot(String arguments, String status) {
    ResponseEvents events = events(false);

    fold(events, begun(0), arguments(arguments), ended(arguments), end(TurnFinish.LENGTH));
    fold(events, new TurnEvent.Completed(2, 5));

    assertEquals(status, told.getLast().at("/response/output/0/status").asText());
    assertEquals("incomplete", told.getLast().at("/response/status").asText());
  }

  @Test
  void tokensOfACallBelongToNoText() {
    ResponseEvents events = events(true);

    fold(events, text("Wait", "Wait"), text("", "<call>"), begun(0), text("", "{}"));
    fold(events, arguments("{}"), ended("{}"), text("", "</call>"), text("!", "!"));
    fold(events, text("", "</s>"), end(TurnFinish.STOP_TOKEN), new TurnEvent.Completed(2, 5));

    JsonNode output = told.getLast().at("/response/output");
    assertEquals(List.of("Wait"), tokens(output.at("/0/content/0/logprobs")));
    assertEquals("!", output.at("/2/content/0/text").asText());
    assertTrue(tokens(output.at("/2/content/0/logprobs")).containsAll(List.of("!", "</s>")));
  }

  @Test
  void aCancelledResponseKeepsWhatWasSaid() {
    ResponseEvents events = events(false);

    fold(events, text("half"));
    told.addAll(events.cancel());

    ObjectNode last = told.getLast();
    assertEquals("response.incomplete", last.path("type").asText());
    assertEquals("cancelled", last.at("/response/status").asText());
    assertEquals("half", last.at("/response/output/0/content/0/text").asText());
    assertEquals("incomplete", last.at("/response/output/0/status").asText());
    for (int i = 0; i < told.size(); i++) {
      assertEquals(i + 2, told.get(i).path("sequence_number").asInt());
    }
  }

  private ResponseEvents events(boolean logprobs) {
    ObjectNode none = JsonNodeFactory.instance.objectNode();
    ResponseHead head = new ResponseHead("resp_k", 5, none, SamplingParams.GREEDY, none);
    ResponseEvents events = new ResponseEvents(head, "k", logprobs);
    assertEquals(
        List.of("response.created", "response.in_progress"),
        events.begin().stream().map(event -> event.path("type").asText()).toList());
    return events;
  }

  private void fold(ResponseEvents events, TurnEvent... turn) {
    for (TurnEvent event : turn) {
      told.addAll(events.fold(event, 6));
    }
  }

  private static String shown(ObjectNode event) {
    String type = event.path("type").asText();
    return event.has("output_index") ? type + " " + event.path("output_index").asInt() : type;
  }

  private static List<String> tokens(JsonNode logprobs) {
    List<String> tokens = new ArrayList<>();
    logprobs.forEach(entry -> tokens.add(entry.path("token").asText()));
    return tokens;
  }

  private static TurnEvent text(String text, String... tokens) {
    List<TokenPiece> pieces = new ArrayList<>();
    for (String token : tokens) {
      byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
      pieces.add(new TokenPiece(3, token, bytes, false, -1, List.of()));
    }
    return new TurnEvent.Text(0, text, List.of(), pieces);
  }

  private static TurnEvent begun(int call) {
    return new TurnEvent.CallBegun(0, call, "call_1", "look");
  }

  private static TurnEvent arguments(String delta) {
    return new TurnEvent.CallArguments(0, 0, delta);
  }

  private static TurnEvent ended(String arguments) {
    return new TurnEvent.CallEnded(0, 0, new ToolCall("call_1", "look", arguments));
  }

  private static TurnEvent end(TurnFinish reason) {
    return new TurnEvent.ChoiceEnded(0, reason, Optional.empty(), 5);
  }
}
