package io.lorikeet.engine.text;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The chat templates of a model folder as text, by name; the usual one is called {@value #DEFAULT}.
 * Template files stand before those of tokenizer_config.json, all of them, as in transformers.
 */
public record ChatTemplateSources(Map<String, String> byName) {
  public static final String DEFAULT = "default";
  public static final ChatTemplateSources NONE = new ChatTemplateSources(Map.of());

  public ChatTemplateSources {
    byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
  }

  /** The template that is used when a request names none. */
  public Optional<String> usual() {
    return Optional.ofNullable(byName.get(DEFAULT));
  }
}
