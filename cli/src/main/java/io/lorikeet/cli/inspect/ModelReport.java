package io.lorikeet.cli.inspect;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.StoredWeights;
import io.lorikeet.engine.spi.MemoryNeed;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a model folder is and what it needs. A part is absent where a refusal came before it.
 *
 * @param quality where it was asked for
 * @param refusal the first one, which is what {@code serve} would end with
 */
record ModelReport(
    Path folder,
    Optional<Decoder> decoder,
    Optional<Text> text,
    Optional<Fit> fit,
    Optional<Quality> quality,
    List<String> warnings,
    Optional<Refusal> refusal)
    implements Report {
  ModelReport {
    warnings = List.copyOf(warnings);
  }

  /**
   * The model itself.
   *
   * @param need memory that is taken whatever there is
   */
  record Decoder(
      String name,
      String fingerprint,
      DecoderSpec spec,
      StoredWeights stored,
      List<Integer> eosTokenIds,
      MemoryNeed need) {
    Decoder {
      eosTokenIds = List.copyOf(eosTokenIds);
    }
  }

  /**
   * Its tokenizer and chat template.
   *
   * @param tokens of the tokenizer; absent without one
   * @param template whether there is a template that chats use
   * @param templateRefusal what every chat would be refused with
   */
  record Text(Optional<Integer> tokens, boolean template, Optional<Refusal> templateRefusal) {}

  @Override
  public boolean ok() {
    return refusal.isEmpty();
  }
}
