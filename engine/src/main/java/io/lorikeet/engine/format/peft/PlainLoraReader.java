package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.ExpertsDelta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.adapter.merge.Factors;
import io.lorikeet.engine.adapter.merge.PlainLora;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.Matrix;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Takes the factors of a plain LoRA adapter as they were trained, for merging. An adapter that does
 * anything else is refused by the name of what it does: PEFT would merge it and drop that part, or
 * give it a wrong scale.
 */
final class PlainLoraReader {
  private final String name;
  private final AdapterConfig config;
  private final AdapterTensors tensors;
  private final LoadedModel model;

  /**
   * @param name of the adapter, for messages
   * @param all tensors that {@link ImageReader} has read without complaint
   */
  PlainLoraReader(
      String name, AdapterConfig config, Map<String, TensorView> all, LoadedModel model) {
    this.name = name;
    this.config = config;
    this.tensors = new AdapterTensors(all, model.spec());
    this.model = model;
  }

  /**
   * Reads what {@code image} was made of. The matrices are views of the file.
   *
   * @throws LorikeetException ADAPTER_MERGE_UNSUPPORTED
   */
  PlainLora read(AdapterImage image) {
    RankRule ranks = plainRanks();
    refuse(!image.composes(), "replaced weights of the base");
    refuse(!image.experts().stream().allMatch(ExpertsDelta::isNone), "experts or a router");
    List<Map<Projection, Factors>> layers = new ArrayList<>();
    for (int layer = 0; layer < model.spec().layers(); layer++) {
      layers.add(new EnumMap<>(Projection.class));
    }
    Optional<Factors> embedding = Optional.empty();
    Optional<Factors> positions = Optional.empty();
    Optional<Factors> head = Optional.empty();
    for (Site site : tensors.sites()) {
      Map<Part, TensorView> parts = tensors.parts(site);
      if (parts.isEmpty()) {
        continue;
      }
      if (site instanceof Site.Linear(int layer, Projection projection)) {
        Factors factors = factors(site, ranks, parts, Part.A, Part.B);
        check(site, factors, image.delta(layer, projection));
        layers.get(layer).put(projection, factors);
      } else if (site instanceof Site.Embedding) {
        embedding = ofVocabulary(site, ranks, parts, Part.EMBEDDING_A, Part.EMBEDDING_B);
      } else if (site instanceof Site.Positions) {
        positions = ofVocabulary(site, ranks, parts, Part.EMBEDDING_A, Part.EMBEDDING_B);
      } else if (site instanceof Site.Head) {
        head = ofVocabulary(site, ranks, parts, Part.A, Part.B);
        head.ifPresent(factors -> check(site, factors, image.head().delta()));
      } else {
        throw refused("`" + tensors.key(site) + "`");
      }
    }
    return new PlainLora(name, image.generation(), layers, embedding, positions, head);
  }

  private RankRule plainRanks() {
    if (!(config.method() instanceof Method.Lora lora)) {
      throw refused("the method " + config.method().getClass().getSimpleName());
    }
    refuse(lora.dora(), "DoRA's magnitudes");
    refuse(lora.ranks().rankStabilized(), "an rsLoRA scale");
    refuse(!lora.blocks().isNone(), "matrices stored as blocks (`use_bdlora`)");
    refuse(lora.loraBias(), "biases of B (`lora_bias`)");
    refuse(!lora.parameters().names().isEmpty(), "weights of their own (`target_parameters`)");
    refuse(config.bias() != AdapterConfig.Bias.NONE, "biases");
    refuse(!config.modulesToSave().isEmpty(), "saved modules (`modules_to_save`)");
    refuse(!config.tokenRows().isEmpty(), "trainable tokens");
    refuse(!config.invocation().isAlways(), "an invocation (aLoRA)");
    refuse(
        config.ensureWeightTying() && model.spec().tiedEmbeddings(),
        "tied updates (`ensure_weight_tying`)");
    return lora.ranks();
  }

  // Base weights in the file equal those of the base here: the image replaces nothing.
  private Optional<Factors> ofVocabulary(
      Site site, RankRule ranks, Map<Part, TensorView> parts, Part partA, Part partB) {
    Map<Part, TensorView> left = new EnumMap<>(parts);
    left.remove(Part.BASE_WEIGHT);
    left.remove(Part.WEIGHT);
    return left.isEmpty()
        ? Optional.empty()
        : Optional.of(factors(site, ranks, left, partA, partB));
  }

  private Factors factors(
      Site site, RankRule ranks, Map<Part, TensorView> parts, Part partA, Part partB) {
    TensorView a = parts.get(partA);
    TensorView b = parts.get(partB);
    if (a == null || b == null || parts.size() != 2) {
      throw refused("tensors of `" + tensors.key(site) + "` beside A and B");
    }
    return new Factors(matrix(a), matrix(b), ranks.scaleOf(tensors.key(site)));
  }

  // Whatever a variant stores, it is not plain where the image has an update of another shape.
  private void check(Site site, Factors factors, Delta delta) {
    LowRank made = delta.lowRank().orElseThrow(() -> refused("no update in the image"));
    refuse(
        delta.bias().isPresent()
            || made.a().rows() != factors.a().rows()
            || made.a().cols() != factors.a().cols()
            || made.b().rows() != factors.b().rows(),
        "another form of update at `" + tensors.key(site) + "`");
  }

  private static Matrix matrix(TensorView view) {
    long[] shape = view.shape();
    return ModuleParts.matrix(view, Math.toIntExact(shape[0]), Math.toIntExact(shape[1]));
  }

  private void refuse(boolean holds, String what) {
    if (holds) {
      throw refused(what);
    }
  }

  private LorikeetException refused(String what) {
    return new LorikeetException(
        ErrorCode.ADAPTER_MERGE_UNSUPPORTED,
        "only adapters that are nothing but LoRA updates can be merged; a weighted sum of adapters may do. Given: `%s` with %s"
            .formatted(name, what));
  }
}
