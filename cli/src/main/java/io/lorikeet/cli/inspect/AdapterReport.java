package io.lorikeet.cli.inspect;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.ExpertsDelta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.format.peft.AdapterSummary;
import io.lorikeet.engine.model.Projection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
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
  private static final String ROUTER = "router";
  private static final String SHARED_GATE = "shared_gate";
  private static final String EXPERT = "expert_";

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
   * @param modules kinds of linear layers, in the order of the forward pass
   * @param layers that have a change, ascending
   * @param layersTotal of the model
   * @param ranks that occur, ascending; empty without low-rank updates
   */
  record Changes(List<String> modules, List<Integer> layers, int layersTotal, List<Integer> ranks) {
    private static final List<String> ORDER = order();

    Changes {
      modules = List.copyOf(modules);
      layers = List.copyOf(layers);
      ranks = List.copyOf(ranks);
    }

    static Changes of(AdapterImage image) {
      TreeSet<String> modules = new TreeSet<>(Comparator.comparingInt(ORDER::indexOf));
      TreeSet<Integer> ranks = new TreeSet<>();
      List<Integer> layers = new ArrayList<>();
      for (int i = 0; i < image.layers().size(); i++) {
        Map<String, List<Delta>> layer = layer(image, i);
        if (!layer.isEmpty()) {
          layers.add(i);
        }
        modules.addAll(layer.keySet());
        layer.values().stream()
            .flatMap(List::stream)
            .forEach(delta -> delta.lowRank().map(LowRank::rank).ifPresent(ranks::add));
      }
      return new Changes(List.copyOf(modules), layers, image.layers().size(), List.copyOf(ranks));
    }

    private static Map<String, List<Delta>> layer(AdapterImage image, int index) {
      Map<String, List<Delta>> deltas = new HashMap<>();
      image
          .layers()
          .get(index)
          .forEach((projection, delta) -> add(deltas, spelled(projection), delta));
      ExpertsDelta experts = image.experts(index);
      add(deltas, ROUTER, experts.router());
      add(deltas, SHARED_GATE, experts.sharedGate());
      experts
          .experts()
          .forEach(expert ->
              expert.forEach(
                  (projection, delta) -> add(deltas, EXPERT + spelled(projection), delta)));
      return deltas;
    }

    private static void add(Map<String, List<Delta>> deltas, String module, Delta delta) {
      if (!delta.isNone()) {
        deltas.computeIfAbsent(module, _ -> new ArrayList<>()).add(delta);
      }
    }

    private static List<String> order() {
      List<String> order = new ArrayList<>();
      for (Projection projection : Projection.values()) {
        order.add(spelled(projection));
      }
      order.add(SHARED_GATE);
      order.add(ROUTER);
      for (Projection projection : Projection.values()) {
        order.add(EXPERT + spelled(projection));
      }
      return order;
    }

    private static String spelled(Projection projection) {
      return projection.name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public boolean ok() {
    return refusal.isEmpty();
  }
}
