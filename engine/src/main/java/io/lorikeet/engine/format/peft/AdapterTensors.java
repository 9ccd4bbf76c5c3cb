package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.Projection;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An adapter's tensors by the module they belong to. Names are found by a fixed list of prefixes
 * against the base's modules, never by guessing from the end.
 */
final class AdapterTensors {
  private static final FileFamily FAMILY = FileFamily.ADAPTER;
  private static final String WRAPPER = "base_model.model.";
  private static final int LISTED_MAX = 10;

  /** A linear layer of the base. */
  record Site(int layer, Projection projection) implements Comparable<Site> {
    @Override
    public int compareTo(Site other) {
      int byLayer = Integer.compare(layer, other.layer);
      return byLayer != 0 ? byLayer : projection.compareTo(other.projection);
    }
  }

  /** What a tensor of a module is. */
  enum Part {
    A("lora_A"),
    B("lora_B"),
    MAGNITUDE("lora_magnitude_vector");

    private final String infix;

    Part(String infix) {
      this.infix = infix;
    }

    /** How tensor names spell it. */
    String infix() {
      return infix;
    }
  }

  private final Map<String, Site> siteOf = new HashMap<>(); // by path below the prefix
  private final TreeMap<Site, String> pathOf = new TreeMap<>();
  private final TreeMap<Site, Map<Part, TensorView>> parts = new TreeMap<>();
  private final Set<String> adapterNames = new HashSet<>();
  private final List<String> rest = new ArrayList<>();
  private final String prefix;

  AdapterTensors(Map<String, TensorView> tensors, DecoderSpec spec) {
    for (int layer = 0; layer < spec.layers(); layer++) {
      for (Projection projection : spec.projections()) {
        String path = spec.modules().path(layer, projection);
        siteOf.put(path, new Site(layer, projection));
        pathOf.put(new Site(layer, projection), path);
      }
    }
    prefix =
        prefixes(spec.modules().inner()).stream()
            .filter(p -> tensors.keySet().stream().anyMatch(name -> place(name, p).isPresent()))
            .findFirst()
            .orElse(WRAPPER + spec.modules().inner());
    for (TensorView view : new TreeMap<>(tensors).values()) {
      Optional<Place> place = place(view.name(), prefix);
      if (place.isEmpty() || !put(place.get(), view)) {
        rest.add(view.name());
      }
    }
  }

  /** Written by PEFT, without its wrapper, without the causal head, and of multimodal bases. */
  private static List<String> prefixes(String inner) {
    return List.of(
        WRAPPER + inner,
        WRAPPER,
        inner,
        "",
        WRAPPER + "model.language_model.",
        WRAPPER + "language_model.model.",
        "model.language_model.",
        "language_model.model.");
  }

  /** Modules that have tensors, in the order of the forward pass. */
  SortedMap<Site, Map<Part, TensorView>> parts() {
    return parts;
  }

  /** Every module of the base that could have tensors. */
  Set<Site> sites() {
    return pathOf.keySet();
  }

  /** The path that the configuration's patterns see. */
  String key(Site site) {
    String outer = prefix.startsWith(WRAPPER) ? prefix.substring(WRAPPER.length()) : prefix;
    return outer + pathOf.get(site);
  }

  /**
   * Refuses tensors that belong to a part of PEFT that is not implemented.
   *
   * @throws LorikeetException with the code of that part
   */
  void refuseKnownRest() {
    for (String name : rest) {
      if (name.endsWith(".bias")) {
        throw new LorikeetException(
            ErrorCode.ADAPTER_BIAS_UNSUPPORTED, "`" + name + "` must be absent: it is a bias");
      }
      if (name.endsWith(".trainable_tokens_delta")) {
        throw new LorikeetException(
            ErrorCode.ADAPTER_TRAINABLE_TOKENS_UNSUPPORTED,
            "`" + name + "` must be absent: it replaces rows of the embedding");
      }
      if (name.contains("embed_tokens.lora_embedding_") || name.contains("lm_head.lora_")) {
        throw new LorikeetException(
            ErrorCode.ADAPTER_FIELD_UNSUPPORTED,
            "`target_modules` must be linear layers of decoder layers; embeddings and heads are not supported. Given: `%s`"
                .formatted(name));
      }
    }
  }

  /**
   * Refuses whatever nobody uses.
   *
   * @throws LorikeetException ADAPTER_TENSOR_UNKNOWN
   */
  void refuseRest() {
    if (!rest.isEmpty()) {
      throw FAMILY.tensorUnknown(
          "%d tensors belong to no module of the base or to no known method: %s%s"
              .formatted(
                  rest.size(),
                  String.join(", ", rest.subList(0, Math.min(LISTED_MAX, rest.size()))),
                  rest.size() > LISTED_MAX ? ", ..." : ""));
    }
    if (adapterNames.size() > 1) {
      throw FAMILY.tensorUnknown(
          "the tensors must be of one adapter. Given: " + adapterNames.stream().sorted().toList());
    }
  }

  private record Place(Site site, Part part, String adapterName) {}

  private Optional<Place> place(String name, String prefix) {
    if (!name.startsWith(prefix)) {
      return Optional.empty();
    }
    for (Part part : Part.values()) {
      int infix = name.indexOf("." + part.infix, prefix.length());
      if (infix < 0) {
        continue;
      }
      Site site = siteOf.get(name.substring(prefix.length(), infix));
      Optional<String> adapter = adapterName(part, name.substring(infix + 1 + part.infix.length()));
      if (site != null && adapter.isPresent()) {
        return Optional.of(new Place(site, part, adapter.get()));
      }
    }
    return Optional.empty();
  }

  /** The adapter's name between a part's name and {@code .weight}; empty where PEFT left it out. */
  private static Optional<String> adapterName(Part part, String end) {
    boolean weight = end.endsWith(".weight");
    if (!weight && part != Part.MAGNITUDE) {
      return Optional.empty();
    }
    String name = weight ? end.substring(0, end.length() - ".weight".length()) : end;
    if (name.isEmpty()) {
      return Optional.of("");
    }
    return name.startsWith(".") && name.length() > 1 && name.indexOf('.', 1) < 0
        ? Optional.of(name.substring(1))
        : Optional.empty();
  }

  /** Whether the place was free. */
  private boolean put(Place place, TensorView view) {
    adapterNames.add(place.adapterName);
    return parts
            .computeIfAbsent(place.site, site -> new EnumMap<>(Part.class))
            .putIfAbsent(place.part, view)
        == null;
  }
}
