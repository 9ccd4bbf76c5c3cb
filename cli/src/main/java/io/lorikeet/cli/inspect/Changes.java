package io.lorikeet.cli.inspect;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.EmbeddingDelta;
import io.lorikeet.engine.adapter.ExpertsDelta;
import io.lorikeet.engine.adapter.HeadDelta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.adapter.TokenRows;
import io.lorikeet.engine.model.Projection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What an adapter changes.
 *
 * @param modules kinds of linear layers, experts and routers included, in the order of the forward
 *     pass
 * @param layers that have a change in their linear layers or experts, ascending
 * @param layersTotal of the model
 * @param ranks that occur, ascending; empty without low-rank updates
 * @param others what it changes beside: a phrase each, such as {@code head (replaced)}
 * @param invocation tokens that wake it; empty where it always acts
 * @param composes whether it may be in a weighted sum with others
 */
record Changes(
    List<String> modules,
    List<Integer> layers,
    int layersTotal,
    List<Integer> ranks,
    List<String> others,
    List<Integer> invocation,
    boolean composes) {
  private static final String ROUTER = "router";
  private static final String SHARED_GATE = "shared_gate";
  private static final String EXPERT = "expert_";
  private static final List<String> ORDER = order();

  Changes {
    modules = List.copyOf(modules);
    layers = List.copyOf(layers);
    ranks = List.copyOf(ranks);
    others = List.copyOf(others);
    invocation = List.copyOf(invocation);
  }

  static Changes of(AdapterImage image) {
    TreeSet<String> modules = new TreeSet<>(Comparator.comparingInt(ORDER::indexOf));
    List<Integer> layers = new ArrayList<>();
    for (int i = 0; i < image.layers().size(); i++) {
      Map<String, List<Delta>> layer = layer(image, i);
      if (!layer.isEmpty()) {
        layers.add(i);
      }
      modules.addAll(layer.keySet());
    }
    return new Changes(
        List.copyOf(modules),
        layers,
        image.layers().size(),
        ranks(image),
        others(image),
        IntStream.of(image.invocation().tokens()).boxed().toList(),
        image.composes());
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

  private static List<Integer> ranks(AdapterImage image) {
    Stream<Integer> linear = deltas(image).flatMap(d -> d.lowRank().stream()).map(LowRank::rank);
    Stream<Integer> tokens =
        Stream.of(image.embedding(), image.positions())
            .flatMap(e -> e.update().stream())
            .map(EmbeddingDelta.Update::rank);
    return Stream.concat(linear, tokens).distinct().sorted().toList();
  }

  /** Of all linear layers, head and experts. */
  private static Stream<Delta> deltas(AdapterImage image) {
    Stream<Delta> dense = image.layers().stream().flatMap(layer -> layer.values().stream());
    Stream<Delta> sparse =
        image.experts().stream()
            .flatMap(layer ->
                Stream.concat(
                    Stream.of(layer.router(), layer.sharedGate()),
                    layer.experts().stream().flatMap(expert -> expert.values().stream())));
    return Stream.concat(Stream.concat(dense, sparse), Stream.of(image.head().delta()));
  }

  private static List<String> others(AdapterImage image) {
    List<String> others = new ArrayList<>();
    embedding(others, "embedding", image.embedding());
    embedding(others, "positions", image.positions());
    HeadDelta head = image.head();
    vocabulary(others, "head", head.matrix(), head.rows(), !head.delta().isNone());
    if (!image.norms().isNone()) {
      others.add("norms");
    }
    if (deltas(image).anyMatch(delta -> delta.bias().isPresent())) {
      others.add("biases");
    }
    return others;
  }

  private static void embedding(List<String> others, String name, EmbeddingDelta delta) {
    vocabulary(others, name, delta.matrix(), delta.rows(), delta.update().isPresent());
  }

  private static void vocabulary(
      List<String> others,
      String name,
      Optional<?> matrix,
      Optional<TokenRows> rows,
      boolean updated) {
    List<String> how = new ArrayList<>();
    matrix.ifPresent(_ -> how.add("replaced"));
    rows.ifPresent(r -> how.add("%d rows".formatted(r.ids().length)));
    if (updated) {
      how.add("updated");
    }
    if (!how.isEmpty()) {
      others.add(name + " (" + String.join(", ", how) + ")");
    }
  }
}
