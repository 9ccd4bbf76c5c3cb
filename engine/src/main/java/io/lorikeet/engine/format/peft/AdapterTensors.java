package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.DecoderSpec.Positions;
import io.lorikeet.engine.model.Experts;
import io.lorikeet.engine.model.ModulePaths;
import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.model.SparsePaths;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An adapter's tensors by the module they belong to. Names are found by a fixed list of prefixes
 * against the base's modules, never by guessing from the end.
 */
final class AdapterTensors {
  private static final FileFamily FAMILY = FileFamily.ADAPTER;
  private static final String WRAPPER = "base_model.model.";
  private static final String SHARED = "base_model.";
  private static final int LISTED_MAX = 10;
  private static final Pattern NUMBER = Pattern.compile("(?<=\\.)\\d+(?=\\.)");

  /**
   * Where modules stand.
   *
   * @param decoder before the layers, the embedding and the last norm
   * @param model before the head
   */
  private record Prefix(String decoder, String model) {}

  /** Written by PEFT, without its wrapper, without the causal head, and of multimodal bases. */
  private static List<Prefix> prefixes(String inner) {
    return List.of(
        new Prefix(WRAPPER + inner, WRAPPER),
        new Prefix(WRAPPER, WRAPPER),
        new Prefix(inner, ""),
        new Prefix("", ""),
        new Prefix(WRAPPER + "model.language_model.", WRAPPER),
        new Prefix(WRAPPER + "language_model.model.", WRAPPER + "language_model."),
        new Prefix("model.language_model.", ""),
        new Prefix("language_model.model.", "language_model."));
  }

  /** What a tensor of a module is. */
  enum Part {
    A("lora_A", Ending.WEIGHT),
    B("lora_B", Ending.WEIGHT),
    B_BIAS("lora_B", Ending.BIAS),
    MAGNITUDE("lora_magnitude_vector", Ending.ANY),
    EMBEDDING_A("lora_embedding_A", Ending.NONE),
    EMBEDDING_B("lora_embedding_B", Ending.NONE),
    BASE_WEIGHT("base_layer.weight", Ending.EXACT),
    BASE_BIAS("base_layer.bias", Ending.EXACT),
    TOKEN_ROWS("token_adapter.trainable_tokens_delta", Ending.NONE),
    OWN_TOKEN_ROWS("trainable_tokens_delta", Ending.NONE),
    BARE_A("lora_A", Ending.NONE),
    BARE_B("lora_B", Ending.NONE),
    SINGULAR_VALUES("lora_E", Ending.NONE),
    RANK_NUMBER("ranknum", Ending.NONE),
    IA3("ia3_l", Ending.NONE),
    VERA_SCALE_B("vera_lambda_b", Ending.NONE),
    VERA_SCALE_D("vera_lambda_d", Ending.NONE),
    VERA_A("vera_A", Ending.NONE),
    VERA_B("vera_B", Ending.NONE),
    HADA_1A("hada_w1_a", Ending.NONE),
    HADA_1B("hada_w1_b", Ending.NONE),
    HADA_2A("hada_w2_a", Ending.NONE),
    HADA_2B("hada_w2_b", Ending.NONE),
    KRON_1("lokr_w1", Ending.NONE),
    KRON_1A("lokr_w1_a", Ending.NONE),
    KRON_1B("lokr_w1_b", Ending.NONE),
    KRON_2("lokr_w2", Ending.NONE),
    KRON_2A("lokr_w2_a", Ending.NONE),
    KRON_2B("lokr_w2_b", Ending.NONE),
    TUNED_WEIGHT("ln_tuning_layers", Ending.WEIGHT),
    TUNED_BIAS("ln_tuning_layers", Ending.BIAS),
    WEIGHT("weight", Ending.EXACT),
    BIAS("bias", Ending.EXACT);

    /** What follows the name of the part and perhaps the adapter's name. */
    private enum Ending {
      WEIGHT,
      BIAS,
      ANY,
      NONE,
      EXACT
    }

    private final String infix;
    private final Ending ending;

    Part(String infix, Ending ending) {
      this.infix = infix;
      this.ending = ending;
    }

    /** How tensor names spell it. */
    String infix() {
      return ending == Ending.BIAS ? infix + ".bias" : infix;
    }

    /**
     * The adapter's name in the end of a tensor's name, below its module; "" where PEFT left it
     * out; empty where the tensor is not this part.
     */
    private Optional<String> adapterName(String tail) {
      if (!tail.startsWith(infix)) {
        return Optional.empty();
      }
      String end = tail.substring(infix.length());
      return switch (ending) {
        case EXACT -> end.isEmpty() ? Optional.of("") : Optional.empty();
        case NONE -> name(end);
        case WEIGHT -> without(end, ".weight").flatMap(Part::name);
        case BIAS -> without(end, ".bias").flatMap(Part::name);
        case ANY -> name(without(end, ".weight").orElse(end));
      };
    }

    private static Optional<String> without(String end, String suffix) {
      return end.endsWith(suffix)
          ? Optional.of(end.substring(0, end.length() - suffix.length()))
          : Optional.empty();
    }

    private static Optional<String> name(String end) {
      if (end.isEmpty()) {
        return Optional.of("");
      }
      return end.startsWith(".") && end.length() > 1 && end.indexOf('.', 1) < 0
          ? Optional.of(end.substring(1))
          : Optional.empty();
    }
  }

  private final Map<String, Site> siteOf = new HashMap<>(); // by path below the decoder
  private final Map<Site, String> pathOf =
      new LinkedHashMap<>(); // in the order of the forward pass
  private final Map<Site, Map<Part, TensorView>> parts = new HashMap<>();
  private final Set<String> adapterNames = new HashSet<>();
  private final List<String> rest = new ArrayList<>();
  private final ModulePaths modules;
  private final Prefix prefix;
  private List<String> heads;

  AdapterTensors(Map<String, TensorView> tensors, DecoderSpec spec) {
    modules = spec.modules();
    heads = modules.vocabulary().heads();
    addModules(spec);
    prefix =
        prefixes(modules.inner()).stream()
            .filter(p -> tensors.keySet().stream().anyMatch(name -> place(name, p).isPresent()))
            .findFirst()
            .orElse(new Prefix(WRAPPER + modules.inner(), WRAPPER));
    chooseHead(tensors.keySet());
    for (TensorView view : new TreeMap<>(tensors).values()) {
      Optional<Place> place = place(view.name(), prefix).or(() -> placeOfShared(view.name()));
      if (place.isEmpty() || !put(place.get(), view)) {
        rest.add(view.name());
      }
    }
  }

  private void addModules(DecoderSpec spec) {
    ModulePaths.Vocabulary vocabulary = modules.vocabulary();
    add(new Site.Embedding(), vocabulary.embedding());
    if (spec.attention().positions() == Positions.LEARNED) {
      add(new Site.Positions(), vocabulary.positions());
    }
    if (spec.embeddingNorm()) {
      add(new Site.EmbeddingNorm(), modules.norms().embedding());
    }
    for (int layer = 0; layer < spec.layers(); layer++) {
      for (NormPlace place : spec.norms()) {
        add(new Site.LayerNorm(layer, place), modules.path(layer, place));
      }
      for (Projection projection : spec.projections()) {
        add(new Site.Linear(layer, projection), modules.path(layer, projection));
      }
      if (modules.sparse().isPresent() && spec.experts().isPresent()) {
        addExperts(layer, spec.experts().get(), modules.sparse().get());
      }
    }
    add(new Site.LastNorm(), modules.norms().last());
    pathOf.put(new Site.Head(), heads.getFirst());
  }

  // A layer that has two names has one of them in a file.
  private void addExperts(int layer, Experts experts, SparsePaths paths) {
    String in = modules.layer(layer);
    for (String block : paths.blocks()) {
      add(new Site.Router(layer), in + paths.router(block));
      paths
          .sharedGate()
          .ifPresent(gate -> add(new Site.SharedGate(layer), in + block + "." + gate));
      if (paths.experts().isEmpty()) {
        continue;
      }
      for (int e = 0; e < experts.count(); e++) {
        for (Projection projection : paths.experts().keySet()) {
          Site site = new Site.Expert(layer, e, projection);
          add(site, in + paths.expert(block, e, projection));
        }
      }
      String fused = in + paths.experts(block);
      add(new Site.FusedExperts(layer, false), fused);
      add(new Site.FusedExperts(layer, true), AdaptedModules.nested(fused));
    }
  }

  // A head that has two names has one of them in a file.
  private void chooseHead(Set<String> names) {
    for (String head : heads) {
      if (names.stream().anyMatch(name -> placeOfHead(name, prefix, head).isPresent())) {
        pathOf.put(new Site.Head(), head);
        heads = List.of(head);
        return;
      }
    }
  }

  private void add(Site site, String path) {
    siteOf.put(path, site);
    pathOf.putIfAbsent(site, path);
  }

  /** Every module of the base that could have tensors, in the order of the forward pass. */
  Set<Site> sites() {
    return pathOf.keySet();
  }

  /** Whether there is a module of a kind, under any of its paths as patterns see them. */
  boolean anyModule(BiPredicate<Site, String> kind) {
    return siteOf.entrySet().stream()
        .anyMatch(module -> kind.test(module.getValue(), key(prefix.decoder, module.getKey())));
  }

  /** The tensors of a module. */
  Map<Part, TensorView> parts(Site site) {
    return parts.getOrDefault(site, Map.of());
  }

  /** The path that the configuration's patterns see. */
  String key(Site site) {
    if (site instanceof Site.Shared) {
      return "the adapter";
    }
    return key(site instanceof Site.Head ? prefix.model : prefix.decoder, pathOf.get(site));
  }

  private static String key(String outer, @Nullable String path) {
    return (outer.startsWith(WRAPPER) ? outer.substring(WRAPPER.length()) : outer) + path;
  }

  /**
   * Refuses whatever nobody uses.
   *
   * @throws LorikeetException ADAPTER_TENSOR_UNKNOWN
   */
  void refuseRest() {
    if (!rest.isEmpty()) {
      throw FAMILY.tensorUnknown(
          "%d tensors belong to no module of the base or to no known method: %s%s. The base has %s"
              .formatted(
                  rest.size(),
                  String.join(", ", rest.subList(0, Math.min(LISTED_MAX, rest.size()))),
                  rest.size() > LISTED_MAX ? ", ..." : "",
                  modulesOfTheBase()));
    }
    if (adapterNames.size() > 1) {
      throw FAMILY.tensorUnknown(
          "the tensors must be of one adapter. Given: " + adapterNames.stream().sorted().toList());
    }
  }

  private String modulesOfTheBase() {
    return sites().stream()
        .map(site -> NUMBER.matcher(key(site)).replaceAll("*"))
        .distinct()
        .collect(Collectors.joining(", "));
  }

  /**
   * Where a tensor belongs.
   *
   * @param path that names the site
   */
  private record Place(Site site, String path, Part part, String adapterName) {}

  // Two tensors of VeRA stand above all modules.
  private static Optional<Place> placeOfShared(String name) {
    String tail = name.startsWith(SHARED) ? name.substring(SHARED.length()) : name;
    return place(new Site.Shared(), "", tail)
        .filter(place -> place.part == Part.VERA_A || place.part == Part.VERA_B);
  }

  private Optional<Place> place(String name, Prefix prefix) {
    Optional<Place> ofHead =
        heads.stream().flatMap(head -> placeOfHead(name, prefix, head).stream()).findFirst();
    if (ofHead.isPresent() || !name.startsWith(prefix.decoder)) {
      return ofHead;
    }
    for (int dot = name.indexOf('.', prefix.decoder.length());
        dot >= 0;
        dot = name.indexOf('.', dot + 1)) {
      String path = name.substring(prefix.decoder.length(), dot);
      Site site = siteOf.get(path);
      Optional<Place> place =
          site == null ? Optional.empty() : place(site, path, name.substring(dot + 1));
      if (place.isPresent()) {
        return place;
      }
    }
    return Optional.empty();
  }

  private static Optional<Place> placeOfHead(String name, Prefix prefix, String head) {
    String path = prefix.model + head + ".";
    return name.startsWith(path)
        ? place(new Site.Head(), head, name.substring(path.length()))
        : Optional.empty();
  }

  private static Optional<Place> place(Site site, String path, String tail) {
    for (Part part : Part.values()) {
      Optional<String> adapter = part.adapterName(tail);
      if (adapter.isPresent()) {
        return Optional.of(new Place(site, path, part, adapter.get()));
      }
    }
    return Optional.empty();
  }

  /** Whether the place was free. */
  private boolean put(Place place, TensorView view) {
    if (place.part.ending != Part.Ending.EXACT) {
      adapterNames.add(place.adapterName);
    }
    pathOf.replace(place.site, place.path);
    return parts
            .computeIfAbsent(place.site, site -> new EnumMap<>(Part.class))
            .putIfAbsent(place.part, view)
        == null;
  }
}
