package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.EmbeddingDelta;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.ReplacedNorms;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.FileFamily;
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

/** Turns the tensors of an adapter into canonical form. */
final class ImageReader {
  private static final FileFamily FAMILY = FileFamily.ADAPTER;

  private final AdapterConfig config;
  private final Map<String, TensorView> all;
  private final AdapterTensors tensors;
  private final LoadedModel model;
  private final ImageMemory memory = new ImageMemory();
  private final LinearReader linears;

  ImageReader(AdapterConfig config, Map<String, TensorView> all, LoadedModel model) {
    this.config = config;
    this.all = all;
    this.tensors = new AdapterTensors(all, model.spec());
    this.model = model;
    linears = new LinearReader(config, method(), memory);
  }

  private LinearMethod method() {
    return switch (config.method()) {
      case Method.Lora lora -> new LoraLinear(lora, memory);
    };
  }

  AdapterImage read(GenerationId generation) {
    checkSavedModules();
    tensors.refuseRest();
    if (tensors.sites().stream().noneMatch(this::isSelected)) {
      throw noEffect("`target_modules` must select a module of the base; it selects none");
    }
    List<Map<Projection, Delta>> layers = layers();
    ReplacedNorms norms = norms();
    EmbeddingReader embeddings = new EmbeddingReader(config, model.spec(), memory);
    EmbeddingDelta positions = positions(embeddings);
    VocabularyReader.Result ends =
        new VocabularyReader(
                config,
                model,
                embeddings,
                linears,
                parts(new Site.Embedding()),
                parts(new Site.Head()))
            .read(isSelected(new Site.Embedding()), isSelected(new Site.Head()));
    if (norms.isNone() && !linears.changesAnything() && !embeddings.changesAnything()) {
      throw noEffect("the adapter changes nothing: every B is zero");
    }
    return new AdapterImage(
        generation,
        layers,
        List.of(),
        ends.embedding(),
        positions,
        ends.head(),
        norms,
        config.invocation(),
        memory.bytes());
  }

  private List<Map<Projection, Delta>> layers() {
    List<Map<Projection, Delta>> layers = new ArrayList<>();
    for (int layer = 0; layer < model.spec().layers(); layer++) {
      Map<Projection, Delta> deltas = new EnumMap<>(Projection.class);
      for (Projection projection : model.spec().projections()) {
        Site site = new Site.Linear(layer, projection);
        ModuleParts parts = parts(site);
        Delta delta =
            linears.read(
                parts,
                isSelected(site),
                model.weights().projection(layer, projection),
                model.weights().bias(layer, projection));
        parts.refuseRest();
        if (!delta.isNone()) {
          deltas.put(projection, delta);
        }
      }
      layers.add(deltas);
    }
    return layers;
  }

  private ReplacedNorms norms() {
    NormReader norms = new NormReader(model.spec(), model.weights(), memory);
    for (Site site : tensors.sites()) {
      if (site instanceof Site.Scale norm) {
        boolean saved = config.saves(tensors.key(site));
        norms.read(norm, parts(site), saved, config.bias() == AdapterConfig.Bias.ALL);
      }
    }
    return norms.result();
  }

  private EmbeddingDelta positions(EmbeddingReader embeddings) {
    Site site = new Site.Positions();
    Optional<Matrix> base = model.weights().positions();
    return base.isPresent()
        ? embeddings.read(parts(site), isSelected(site), base.get())
        : EmbeddingDelta.NONE;
  }

  private void checkSavedModules() {
    for (String module : config.modulesToSave()) {
      if (all.keySet().stream().noneMatch(name -> name.endsWith(module + ".weight"))) {
        throw FAMILY.tensorMissing(
            "`modules_to_save` names `%s`, whose weight is not in the file".formatted(module));
      }
      List<Site> matched =
          tensors.sites().stream().filter(site -> tensors.key(site).endsWith(module)).toList();
      if (matched.isEmpty() || matched.stream().anyMatch(site -> site instanceof Site.Linear)) {
        throw new LorikeetException(
            ErrorCode.ADAPTER_MODULES_TO_SAVE_UNSUPPORTED,
            "adapter_config.json: `modules_to_save` must name embeddings, heads or norms. Given: "
                + ConfigValues.brief(module));
      }
      matched.stream()
          .filter(site -> !tensors.parts(site).containsKey(Part.WEIGHT))
          .findFirst()
          .ifPresent(site -> {
            throw FAMILY.tensorMissing(
                "`modules_to_save` names `%s`, but `%s` has no weight in the file"
                    .formatted(module, tensors.key(site)));
          });
    }
  }

  private ModuleParts parts(Site site) {
    return new ModuleParts(tensors.key(site), tensors.parts(site));
  }

  private boolean isSelected(Site site) {
    String key = tensors.key(site);
    return switch (site) {
      case Site.Scale _ -> false;
      case Site.Linear _ -> config.selects(key);
      case Site.Embedding _, Site.Positions _, Site.Head _ ->
          !(config.targets().targets() instanceof TargetRule.All) && config.selects(key);
    };
  }

  private static LorikeetException noEffect(String message) {
    return new LorikeetException(ErrorCode.ADAPTER_HAS_NO_EFFECT, message);
  }
}
