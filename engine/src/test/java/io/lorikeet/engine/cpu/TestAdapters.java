package io.lorikeet.engine.cpu;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.EmbeddingDelta;
import io.lorikeet.engine.adapter.ExpertsDelta;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.HeadDelta;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.adapter.ReplacedNorms;
import io.lorikeet.engine.adapter.TokenRows;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.Positions;
import io.lorikeet.engine.model.Experts;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;

/** Made-up adapters. */
public final class TestAdapters {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final List<DType> STORED = List.of(DType.F32, DType.BF16, DType.F16);

  private TestAdapters() {}

  /** Ranks 1 to 40 in random storage types and biases, on some of the linear layers. */
  public static AdapterImage plain(DecoderSpec spec, Random random) {
    return image(spec, random, false);
  }

  /** As {@link #plain}, with scales on some layers and on layer 0's Q, and with replacements. */
  public static AdapterImage scaling(DecoderSpec spec, Random random) {
    return image(spec, random, true);
  }

  /** As {@link #plain}, for prompts that wake it. */
  public static AdapterImage woken(DecoderSpec spec, Random random, Invocation invocation) {
    AdapterImage plain = plain(spec, random);
    return new AdapterImage(
        plain.generation(),
        plain.layers(),
        plain.experts(),
        plain.embedding(),
        plain.positions(),
        plain.head(),
        plain.norms(),
        invocation,
        plain.bytes());
  }

  /** Adds NaN to every output of layer 0's DOWN. */
  public static AdapterImage nan(DecoderSpec spec) {
    Matrix a = matrix(DType.F32, 1, spec.inputs(Projection.DOWN), Float.NaN);
    Matrix b = matrix(DType.F32, spec.outputs(Projection.DOWN), 1, 1f);
    List<Map<Projection, Delta>> layers = new ArrayList<>();
    for (int layer = 0; layer < spec.layers(); layer++) {
      layers.add(layer > 0 ? Map.of() : Map.of(Projection.DOWN, lowRank(a, b)));
    }
    return new AdapterImage(new GenerationId("nan"), layers, 0);
  }

  private static AdapterImage image(DecoderSpec spec, Random random, boolean scaling) {
    List<Map<Projection, Delta>> layers = new ArrayList<>();
    for (int layer = 0; layer < spec.layers(); layer++) {
      Map<Projection, Delta> deltas = new EnumMap<>(Projection.class);
      for (Projection projection : spec.projections()) {
        boolean first = layer == 0 && projection == Projection.Q;
        if (first || random.nextInt(4) > 0) {
          boolean scales = scaling && (first || random.nextBoolean());
          int out = spec.outputs(projection);
          deltas.put(projection, delta(out, spec.inputs(projection), random, scales));
        }
      }
      layers.add(deltas);
    }
    boolean learned = spec.attention().positions() == Positions.LEARNED;
    return new AdapterImage(
        new GenerationId("g" + random.nextLong()),
        layers,
        experts(spec, random, scaling),
        embedding(spec, spec.vocab(), random, scaling),
        learned ? embedding(spec, spec.contextMax(), random, scaling) : EmbeddingDelta.NONE,
        head(spec, random, scaling),
        scaling && random.nextBoolean() ? norms(spec, random) : ReplacedNorms.NONE,
        Invocation.ALWAYS,
        0);
  }

  /** Deltas of experts, routers and gates, where there are some; layer 0 has all of them. */
  static List<ExpertsDelta> experts(DecoderSpec spec, Random random, boolean scaling) {
    List<ExpertsDelta> layers = new ArrayList<>();
    for (int layer = 0; layer < spec.layers() && spec.experts().isPresent(); layer++) {
      layers.add(experts(spec, spec.experts().get(), layer == 0, random, scaling));
    }
    return layers;
  }

  private static ExpertsDelta experts(
      DecoderSpec spec, Experts experts, boolean all, Random random, boolean scaling) {
    int width = spec.intermediate();
    List<Map<Projection, Delta>> byExpert = new ArrayList<>();
    boolean none = !all && random.nextInt(4) == 0;
    for (int e = 0; e < experts.count() && !none; e++) {
      Map<Projection, Delta> deltas = new EnumMap<>(Projection.class);
      for (Projection p : List.of(Projection.GATE, Projection.UP, Projection.DOWN)) {
        if (all || random.nextBoolean()) {
          int out = p == Projection.DOWN ? spec.hidden() : width;
          int in = p == Projection.DOWN ? width : spec.hidden();
          deltas.put(p, sparse(out, in, random, scaling));
        }
      }
      byExpert.add(deltas);
    }
    boolean gate = experts.sharedWidth() > 0 && (all || random.nextBoolean());
    boolean router = all || random.nextBoolean();
    return new ExpertsDelta(
        router ? sparse(experts.count(), spec.hidden(), random, scaling) : Delta.NONE,
        gate ? sparse(1, spec.hidden(), random, scaling) : Delta.NONE,
        byExpert);
  }

  // Nothing scales the inputs of experts.
  private static Delta sparse(int out, int in, Random random, boolean scaling) {
    Delta delta = delta(out, in, random, scaling && random.nextBoolean());
    return new Delta(delta.lowRank(), delta.rowScale(), Optional.empty(), delta.bias());
  }

  /** Norms at every place of most layers, and beside them. */
  private static ReplacedNorms norms(DecoderSpec spec, Random random) {
    List<Map<NormPlace, Norm>> layers = new ArrayList<>();
    for (int layer = 0; layer < spec.layers(); layer++) {
      Map<NormPlace, Norm> norms = new EnumMap<>(NormPlace.class);
      for (NormPlace place : spec.norms()) {
        if (random.nextInt(4) > 0) {
          norms.put(place, norm(spec, spec.normShape(place), random));
        }
      }
      layers.add(norms);
    }
    List<Integer> hidden = List.of(spec.hidden());
    return new ReplacedNorms(
        layers,
        some(spec.embeddingNorm(), () -> norm(spec, hidden, random)),
        some(random.nextBoolean(), () -> norm(spec, hidden, random)));
  }

  private static Norm norm(DecoderSpec spec, List<Integer> shape, Random random) {
    int width = shape.stream().reduce(1, (a, b) -> a * b);
    boolean biased = spec.norm() == NormKind.LAYER;
    return new Norm(near(1, width, random), near(0, biased ? width : 0, random));
  }

  private static EmbeddingDelta embedding(
      DecoderSpec spec, int tokens, Random random, boolean replacing) {
    int rank = 1 + random.nextInt(9);
    DType dtype = STORED.get(random.nextInt(STORED.size()));
    return new EmbeddingDelta(
        some(replacing && random.nextBoolean(), () -> random(dtype, tokens, spec.hidden(), random)),
        some(replacing && random.nextBoolean(), () -> rows(spec, tokens, random)),
        some(
            random.nextBoolean(),
            () ->
                new EmbeddingDelta.Update(
                    random(dtype, tokens, rank, random),
                    random(DType.F32, spec.hidden(), rank, random))));
  }

  private static HeadDelta head(DecoderSpec spec, Random random, boolean replacing) {
    return new HeadDelta(
        some(
            replacing && random.nextBoolean(),
            () -> random(DType.F32, spec.vocab(), spec.hidden(), random)),
        some(replacing && random.nextBoolean(), () -> rows(spec, spec.vocab(), random)),
        random.nextBoolean()
            ? withoutInputScale(
                delta(spec.vocab(), spec.hidden(), random, replacing && random.nextBoolean()))
            : Delta.NONE);
  }

  private static Delta withoutInputScale(Delta delta) {
    return new Delta(delta.lowRank(), delta.rowScale(), Optional.empty(), delta.bias());
  }

  private static TokenRows rows(DecoderSpec spec, int tokens, Random random) {
    int[] ids = random.ints(0, tokens).distinct().limit(40).sorted().toArray();
    return new TokenRows(ids, random(DType.F16, ids.length, spec.hidden(), random));
  }

  private static Delta delta(int out, int in, Random random, boolean scales) {
    int rank = 1 + random.nextInt(40);
    DType dtype = STORED.get(random.nextInt(STORED.size()));
    Matrix a = random(dtype, rank, in, random);
    Matrix b = random(dtype, out, rank, random);
    return new Delta(
        Optional.of(new LowRank(a, b)),
        some(scales, () -> near(1, out, random)),
        some(scales && random.nextBoolean(), () -> near(1, in, random)),
        some(random.nextBoolean(), () -> near(0, out, random)));
  }

  private static <T> Optional<T> some(boolean there, Supplier<T> made) {
    return there ? Optional.of(made.get()) : Optional.empty();
  }

  private static float[] near(float centre, int width, Random random) {
    float[] values = new float[width];
    for (int i = 0; i < width; i++) {
      values[i] = centre + 0.4f * (random.nextFloat() - 0.5f);
    }
    return values;
  }

  private static Delta lowRank(Matrix a, Matrix b) {
    return new Delta(Optional.of(new LowRank(a, b)), Optional.empty());
  }

  private static Matrix random(DType dtype, int rows, int cols, Random random) {
    Matrix matrix = matrix(dtype, rows, cols, 0f);
    for (int i = 0; i < rows * cols; i++) {
      set(matrix, i, (float) random.nextGaussian() * 0.15f);
    }
    return matrix;
  }

  private static Matrix matrix(DType dtype, int rows, int cols, float value) {
    MemorySegment data = Arena.ofAuto().allocate((long) rows * cols * dtype.bytes());
    Matrix matrix = new Matrix(data, dtype, rows, cols);
    for (int i = 0; i < rows * cols; i++) {
      set(matrix, i, value);
    }
    return matrix;
  }

  private static void set(Matrix matrix, int index, float value) {
    switch (matrix.dtype()) {
      case F32 -> matrix.data().set(FLOAT, index * 4L, value);
      case F16 -> matrix.data().set(SHORT, index * 2L, Float.floatToFloat16(value));
      case BF16 ->
          matrix.data().set(SHORT, index * 2L, (short) (Float.floatToRawIntBits(value) >>> 16));
    }
  }
}
