package io.lorikeet.cli.inspect;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.format.peft.AdapterSummary;
import io.lorikeet.engine.model.Projection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

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
   * @param changes what its tensors change
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

  /**
   * The places that an adapter changes.
   *
   * @param modules kinds of projections, in the order of the forward pass
   * @param layers that have a change, ascending
   * @param layersTotal of the model
   * @param ranks that occur, ascending; empty without low-rank updates
   */
  record Changes(
      List<Projection> modules, List<Integer> layers, int layersTotal, List<Integer> ranks) {
    Changes {
      modules = List.copyOf(modules);
      layers = List.copyOf(layers);
      ranks = List.copyOf(ranks);
    }

    static Changes of(AdapterImage image) {
      TreeSet<Projection> modules = new TreeSet<>();
      TreeSet<Integer> ranks = new TreeSet<>();
      List<Integer> layers = new ArrayList<>();
      for (int i = 0; i < image.layers().size(); i++) {
        Map<Projection, Delta> layer = image.layers().get(i);
        if (!layer.isEmpty()) {
          layers.add(i);
        }
        modules.addAll(layer.keySet());
        layer.values().forEach(delta -> delta.lowRank().map(LowRank::rank).ifPresent(ranks::add));
      }
      return new Changes(List.copyOf(modules), layers, image.layers().size(), List.copyOf(ranks));
    }
  }

  @Override
  public boolean ok() {
    return refusal.isEmpty();
  }
}
