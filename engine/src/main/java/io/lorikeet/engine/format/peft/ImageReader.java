package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.EmbeddingDelta;
import io.lorikeet.engine.adapter.ExpertsDelta;
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
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Turns the tensors of an adapter into canonical form. */
final class ImageReader {
  private static final FileFamily FAMILY = FileFamily.ADAPTER;

  private final AdapterConfig config;
  private final Map<String, TensorView> all;
  private final AdapterTensors tensors;
  private final AdaptedModules modules;
  private final LoadedModel model;
  private final ImageMemory memory;
  private final LinearReader linears;

  /**
   * @param bytesMax bytes of the image
   */
  ImageReader(AdapterConfig config, Map<String, TensorView> all, LoadedModel model, long bytesMax) {
    this.config = config;
    this.all = all;
    this.tensors = new AdapterTensors(all, model.spec());
    modules = new AdaptedModules(config, tensors);
    this.model = model;
    memory = new ImageMemory(bytesMax);
    linears = new LinearReader(config, method(), memory);
  }

  AdapterImage read(GenerationId generation) {
    checkSavedModules();
    tensors.refuseRest();
    checkTargets();
    if (!modules.anySelected()) {
      throw noEffect("`target_modules` must select a module of the base; it selects none");
    }
    List<Map<Projection, Delta>> layers = layers();
    Optional<FusedExpertsReader> fused = fused();
    List<ExpertsDelta> experts = new ExpertsReader(model, modules, linears, fused).read();
    boolean changesFused = fused.map(FusedExpertsReader::changesAnything).orElse(false);
    ReplacedNorms norms = norms();
    EmbeddingReader embeddings = new EmbeddingReader(config, model.spec(), memory);
    EmbeddingDelta positions = positions(embeddings);
    VocabularyReader.Result ends =
        new VocabularyReader(
                config,
                model,
                embeddings,
                linears,
                modules.parts(new Site.Embedding()),
                modules.parts(new Site.Head()))
            .read(modules.isSelected(new Site.Embedding()), modules.isSelected(new Site.Head()));
    if (norms.isNone()
        && !changesFused
        && !linears.changesAnything()
        && !embeddings.changesAnything()) {
      throw noEffect("the adapter changes nothing: its updates are zero or its scales one");
    }
    return new AdapterImage(
        generation,
        layers,
        experts,
        ends.embedding(),
        positions,
        ends.head(),
        norms,
        config.invocation(),
        memory.bytes());
  }

  private LinearMethod method() {
    ModuleParts shared = modules.parts(new Site.Shared());
    LinearMethod read =
        switch (config.method()) {
          case Method.Lora lora -> new LoraLinear(lora, memory);
          case Method.AdaLora adaLora -> new AdaLoraLinear(adaLora, memory);
          case Method.Ia3 ia3 -> new Ia3Linear(ia3, memory);
          case Method.Vera vera -> new VeraLinear(vera, shared, memory);
          case Method.Loha loha -> new LohaLinear(loha, memory);
          case Method.Lokr lokr -> new LokrLinear(lokr, memory);
          case Method.NormTuning _, Method.TokenTuning _ -> new NoLinear();
        };
    shared.refuseRest();
    return read;
  }

  private List<Map<Projection, Delta>> layers() {
    List<Map<Projection, Delta>> layers = new ArrayList<>();
    for (int layer = 0; layer < model.spec().layers(); layer++) {
      Map<Projection, Delta> deltas = new EnumMap<>(Projection.class);
      for (Projection projection : model.spec().projections()) {
        Site site = new Site.Linear(layer, projection);
        ModuleParts parts = modules.parts(site);
        Delta delta =
            linears.read(
                parts,
                modules.isSelected(site),
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

  private Optional<FusedExpertsReader> fused() {
    return model.spec().experts().isPresent() && config.method() instanceof Method.Lora lora
        ? Optional.of(new FusedExpertsReader(lora, modules, model.spec(), memory))
        : Optional.empty();
  }

  private ReplacedNorms norms() {
    NormReader norms = new NormReader(model.spec(), model.weights(), memory);
    for (Site site : tensors.sites()) {
      if (site instanceof Site.Scale norm) {
        norms.read(norm, modules.parts(site), whole(site), config.bias() == AdapterConfig.Bias.ALL);
      }
    }
    return norms.result();
  }

  private Optional<NormReader.Whole> whole(Site site) {
    if (modules.isSelected(site)) {
      return Optional.of(NormReader.Whole.TUNED);
    }
    return config.saves(tensors.key(site)) ? Optional.of(NormReader.Whole.SAVED) : Optional.empty();
  }

  private EmbeddingDelta positions(EmbeddingReader embeddings) {
    Site site = new Site.Positions();
    Optional<Matrix> base = model.weights().positions();
    return base.isPresent()
        ? embeddings.read(modules.parts(site), modules.isSelected(site), base.get())
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
      if (matched.isEmpty() || !matched.stream().allMatch(ImageReader::canBeSaved)) {
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

  private static boolean canBeSaved(Site site) {
    return switch (site) {
      case Site.Scale _, Site.Embedding _, Site.Positions _, Site.Head _ -> true;
      case Site.Linear _,
          Site.Expert _,
          Site.FusedExperts _,
          Site.Router _,
          Site.SharedGate _,
          Site.Shared _ ->
          false;
    };
  }

  // What PEFT would wrap although the method changes other modules here.
  private void checkTargets() {
    switch (config.method()) {
      case Method.NormTuning _ ->
          refuseTargets(
              site -> site instanceof Site.Scale,
              ErrorCode.ADAPTER_VARIANT_UNSUPPORTED,
              "norms: LN tuning of other modules is not supported");
      case Method.TokenTuning _ ->
          refuseTargets(
              site -> site instanceof Site.Embedding || site instanceof Site.Head,
              ErrorCode.ADAPTER_TRAINABLE_TOKENS_UNSUPPORTED,
              "embeddings or heads");
      case Method.AdaLora(int _, double _, Map<String, List<Boolean>> masks) -> checkMasks(masks);
      case Method.Ia3(Method.Ia3.FeedForward feedForward) -> {
        String head = tensors.key(new Site.Head());
        if (modules.isSelected(new Site.Head()) && feedForward.contains(head)) {
          throw new LorikeetException(
              ErrorCode.ADAPTER_VARIANT_UNSUPPORTED,
              "adapter_config.json: `feedforward_modules` must not contain the head, whose inputs are not scaled. Given: `%s`"
                  .formatted(head));
        }
      }
      case Method.Lora lora -> checkParameters(lora.parameters());
      case Method.Vera _, Method.Loha _, Method.Lokr _ -> {}
    }
  }

  private void checkParameters(TargetRule.Names parameters) {
    List<String> unknown = modules.unknownParameters(parameters);
    if (!unknown.isEmpty()) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_TARGET_PARAMETERS_UNSUPPORTED,
          "adapter_config.json: `target_parameters` must name weights of linear layers, of experts or of their router. Given: "
              + ConfigValues.brief(String.join(", ", unknown)));
    }
  }

  private void refuseTargets(Predicate<Site> allowed, ErrorCode code, String wanted) {
    for (Site site : tensors.sites()) {
      if (config.selects(tensors.key(site)) && !allowed.test(site)) {
        throw new LorikeetException(
            code,
            "adapter_config.json: `target_modules` must select %s. Given: `%s`"
                .formatted(wanted, tensors.key(site)));
      }
    }
  }

  private void checkMasks(Map<String, List<Boolean>> masks) {
    Set<String> keys = tensors.sites().stream().map(tensors::key).collect(Collectors.toSet());
    for (String key : masks.keySet()) {
      if (!keys.contains(key) || !config.selects(key)) {
        throw new LorikeetException(
            ErrorCode.ADAPTER_CONFIG_INVALID,
            "adapter_config.json: `rank_pattern` must be of adapted modules. Given: `%s`"
                .formatted(ConfigValues.brief(key)));
      }
    }
  }

  private static LorikeetException noEffect(String message) {
    return new LorikeetException(ErrorCode.ADAPTER_HAS_NO_EFFECT, message);
  }
}
