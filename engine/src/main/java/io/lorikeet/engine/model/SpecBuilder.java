package io.lorikeet.engine.model;

import io.lorikeet.engine.model.DecoderSpec.Activation;
import io.lorikeet.engine.model.DecoderSpec.Attention;
import io.lorikeet.engine.model.DecoderSpec.LayerSpec;
import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.Positions;
import io.lorikeet.engine.model.DecoderSpec.QkNorm;
import io.lorikeet.engine.model.DecoderSpec.QkvLayout;
import io.lorikeet.engine.model.DecoderSpec.Residual;
import io.lorikeet.engine.model.DecoderSpec.Scaling;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** A spec under construction: Llama's choice for every knob until a reader says otherwise. */
final class SpecBuilder {
  private final String modelType;
  private final Sizes sizes;
  private NormKind norm = NormKind.RMS;
  private float normEps = 1e-6f;
  private Residual residual = Residual.PRE;
  private QkvLayout layout = QkvLayout.SEPARATE;
  private QkNorm qkNorm = QkNorm.NONE;
  private float scale;
  private float softCap;
  private float clip;
  private Positions positions = Positions.ROTARY;
  private int rotaryDim;
  private boolean interleaved;
  private MlpKind mlp = MlpKind.GATED;
  private Activation activation = Activation.SILU;
  private Optional<Experts> experts = Optional.empty();
  private List<LayerSpec> layers;
  private Scaling scaling = new Scaling(1f, 1f, 1f, 0f);
  private boolean embeddingNorm;
  private boolean headBias;
  private boolean tied;
  private ModulePaths modules = ModulePaths.LLAMA;

  SpecBuilder(String modelType, Sizes sizes) {
    this.modelType = modelType;
    this.sizes = sizes;
    scale = (float) (1 / Math.sqrt(sizes.headDim()));
    rotaryDim = sizes.headDim();
    layers = Collections.nCopies(sizes.layers(), new LayerSpec(0, new RopeSpec.None()));
  }

  SpecBuilder norm(NormKind kind, double eps) {
    norm = kind;
    normEps = (float) eps;
    return this;
  }

  SpecBuilder residual(Residual value) {
    residual = value;
    return this;
  }

  SpecBuilder layout(QkvLayout value) {
    layout = value;
    return this;
  }

  SpecBuilder qkNorm(QkNorm value) {
    qkNorm = value;
    return this;
  }

  SpecBuilder attentionScale(double value) {
    scale = (float) value;
    return this;
  }

  SpecBuilder softCap(double value) {
    softCap = (float) value;
    return this;
  }

  SpecBuilder clip(double value) {
    clip = (float) value;
    return this;
  }

  SpecBuilder positions(Positions value) {
    positions = value;
    return this;
  }

  /** Neighbours rotate together. */
  SpecBuilder interleaved() {
    interleaved = true;
    return this;
  }

  SpecBuilder mlp(MlpKind kind, Activation function) {
    mlp = kind;
    activation = function;
    return this;
  }

  SpecBuilder experts(Experts value) {
    experts = Optional.of(value);
    return this;
  }

  /** The same rotary embedding in every layer, no window. */
  SpecBuilder rotary(RopeReader.Rotary rotary) {
    return rotary(rotary, layer -> 0);
  }

  /** The same rotary embedding in every layer. */
  SpecBuilder rotary(RopeReader.Rotary rotary, IntFunction<Integer> windows) {
    rotaryDim = rotary.dim();
    return layers(i -> new LayerSpec(windows.apply(i), rotary.spec()));
  }

  SpecBuilder layers(IntFunction<LayerSpec> layer) {
    layers = IntStream.range(0, sizes.layers()).mapToObj(layer).toList();
    return this;
  }

  SpecBuilder scaling(Scaling value) {
    scaling = value;
    return this;
  }

  SpecBuilder embeddingNorm() {
    embeddingNorm = true;
    return this;
  }

  SpecBuilder headBias() {
    headBias = true;
    return this;
  }

  SpecBuilder tied(boolean value) {
    tied = value;
    return this;
  }

  SpecBuilder modules(ModulePaths value) {
    modules = value;
    return this;
  }

  DecoderSpec build() {
    return new DecoderSpec(
        modelType,
        sizes.layers(),
        sizes.hidden(),
        sizes.heads(),
        sizes.kvHeads(),
        sizes.headDim(),
        sizes.intermediate(),
        sizes.vocab(),
        sizes.contextMax(),
        norm,
        normEps,
        residual,
        new Attention(layout, qkNorm, scale, softCap, clip, positions, rotaryDim, interleaved),
        mlp,
        activation,
        experts,
        layers,
        scaling,
        embeddingNorm,
        headBias,
        tied,
        modules);
  }
}
