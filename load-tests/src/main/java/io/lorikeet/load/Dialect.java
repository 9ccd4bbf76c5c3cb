package io.lorikeet.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** How an API asks and what its events mean. */
enum Dialect {
  /** OpenAI's chat completions. */
  CHAT {
    @Override
    ObjectNode request(String adapter, Golden.Question question) {
      ObjectNode body = Golden.JSON.createObjectNode();
      body.put("model", adapter);
      body.set("messages", question.messages());
      return body.put("max_tokens", question.tokens()).put("temperature", 0).put("stream", true);
    }

    @Override
    Said said(String data) throws JsonProcessingException {
      if (data.equals("[DONE]")) {
        return new Said.End();
      }
      JsonNode event = Golden.JSON.readTree(data);
      if (event.has("error")) {
        return new Said.Failure(event.path("error").path("message").asText());
      }
      return new Said.Text(event.at("/choices/0/delta/content").asText(""));
    }
  },

  /** LoRAX's {@code /generate_stream}. */
  LORAX {
    @Override
    ObjectNode request(String adapter, Golden.Question question) {
      ObjectNode body = Golden.JSON.createObjectNode().put("inputs", question.prompt());
      ObjectNode parameters = body.putObject("parameters");
      parameters.put("max_new_tokens", question.tokens()).put("temperature", 0);
      if (!adapter.equals(Golden.BASE)) {
        parameters.put("adapter_id", adapter);
      }
      return body;
    }

    @Override
    Said said(String data) throws JsonProcessingException {
      JsonNode event = Golden.JSON.readTree(data);
      if (event.has("error")) {
        return new Said.Failure(event.path("error").asText());
      }
      return event.path("generated_text").isTextual()
          ? new Said.Whole(event.path("generated_text").asText())
          : new Said.Text(event.path("token").path("text").asText());
    }
  },

  /** OpenAI's Responses over WebSocket, many streams on one socket. */
  RESPONSES {
    @Override
    ObjectNode request(String adapter, Golden.Question question) {
      ObjectNode body = Golden.JSON.createObjectNode();
      body.put("type", "response.create").put("model", adapter);
      body.set("input", question.messages());
      return body.put("max_output_tokens", question.tokens())
          .put("temperature", 0)
          .put("store", false);
    }

    @Override
    Said said(String data) throws JsonProcessingException {
      JsonNode event = Golden.JSON.readTree(data);
      return switch (event.path("type").asText()) {
        case "response.output_text.delta" -> new Said.Text(event.path("delta").asText());
        case "response.completed", "response.incomplete" -> new Said.End();
        case "response.failed" ->
            new Said.Failure(event.at("/response/error/message").asText("it failed"));
        case "error" -> new Said.Failure(event.at("/error/message").asText(data));
        default -> new Said.Text("");
      };
    }
  };

  /** What an event says. */
  sealed interface Said {
    /** More text, or none yet. */
    record Text(String text) implements Said {}

    /** The answer is complete. */
    record End() implements Said {}

    /** The answer is complete, and this is all of it. */
    record Whole(String text) implements Said {}

    record Failure(String message) implements Said {}
  }

  /** A request that has only one right answer. */
  abstract ObjectNode request(String adapter, Golden.Question question);

  abstract Said said(String data) throws JsonProcessingException;
}
