package io.lorikeet.actors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What an answer continues. */
public sealed interface Prompt {
  /** Text; the tokenizer puts its begin token in front where the model has one. */
  record Text(String text) implements Prompt {}

  /** Token ids as they are. Not written after construction. */
  record Ids(int[] ids) implements Prompt {}

  /**
   * The end of another prompt, where that has more tokens; begin tokens that a tokenizer puts in
   * front of a text stay.
   *
   * @param tokens at least 1
   */
  record Last(Prompt of, int tokens) implements Prompt {}

  /**
   * Messages for the model's chat template.
   *
   * @param messages as the client sent them
   * @param tools for the template, definitions in OpenAI's form
   * @param templateArguments further variables of the template
   */
  record Chat(
      List<ObjectNode> messages,
      Optional<JsonNode> tools,
      Map<String, JsonNode> templateArguments,
      boolean addGenerationPrompt,
      boolean continueFinalMessage)
      implements Prompt {
    public Chat {
      messages = List.copyOf(messages);
      templateArguments = Map.copyOf(templateArguments);
    }
  }
}
