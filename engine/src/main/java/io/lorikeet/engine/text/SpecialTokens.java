package io.lorikeet.engine.text;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The special tokens that a model folder names.
 *
 * @param named the tokens by the names under which chat templates know them: {@code bos_token},
 *     {@code eos_token}, {@code image_token} and so on, as far as they are set
 * @param extra special tokens without a name
 */
public record SpecialTokens(Map<String, String> named, List<String> extra) {
  public SpecialTokens {
    named = Collections.unmodifiableMap(new LinkedHashMap<>(named));
    extra = List.copyOf(extra);
  }

  public Optional<String> bos() {
    return Optional.ofNullable(named.get("bos_token"));
  }

  public Optional<String> eos() {
    return Optional.ofNullable(named.get("eos_token"));
  }
}
