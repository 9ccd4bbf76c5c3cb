package io.lorikeet.cli.inspect;

import io.lorikeet.engine.format.peft.AdapterSummary;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What an adapter folder is, and whether it fits a model.
 *
 * @param name the name to ask for it by
 * @param facts absent where it is refused
 * @param warnings what does not stop it
 */
record AdapterReport(
    Path folder,
    String name,
    String base,
    Optional<Facts> facts,
    List<String> warnings,
    Optional<Refusal> refusal)
    implements Report {

  AdapterReport {
    warnings = List.copyOf(warnings);
  }

  /**
   * Of an adapter that fits.
   *
   * @param changes what its tensors do
   * @param fileBytes of both files
   * @param imageBytes in host memory
   * @param baseBytes weights of the model in memory
   */
  record Facts(
      AdapterSummary summary,
      Changes changes,
      String generation,
      long fileBytes,
      long imageBytes,
      long baseBytes) {}

  @Override
  public boolean ok() {
    return refusal.isEmpty();
  }
}
