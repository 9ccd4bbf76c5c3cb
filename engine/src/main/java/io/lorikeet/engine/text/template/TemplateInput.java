package io.lorikeet.engine.text.template;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one rendering is given.
 *
 * @param messages the conversation, objects as the client sent them
 * @param tools a JSON list; none when empty
 * @param documents a JSON list; none when empty
 * @param addGenerationPrompt ends the text with the head of an answer
 * @param continueFinalMessage leaves the last message open, so that the model goes on with it
 * @param specialTokens {@code bos_token}, {@code eos_token} and so on, as the model folder names
 *     them
 * @param variables all other names the template may ask for; they came with the request and stand
 *     before the names above
 * @param now the time that {@code strftime_now} tells
 * @param zone the zone that it tells it in
 */
public record TemplateInput(
    List<? extends JsonNode> messages,
    Optional<JsonNode> tools,
    Optional<JsonNode> documents,
    boolean addGenerationPrompt,
    boolean continueFinalMessage,
    Map<String, String> specialTokens,
    Map<String, JsonNode> variables,
    Instant now,
    ZoneId zone) {

  public TemplateInput {
    messages = List.copyOf(messages);
    specialTokens = Map.copyOf(specialTokens);
    variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
  }
}
