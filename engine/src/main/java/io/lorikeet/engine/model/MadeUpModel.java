package io.lorikeet.engine.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.kernels.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A model in the shape of a config.json whose weights are made up in memory: as fast and as large
 * as the real one, for measuring. What it says means nothing.
 */
public final class MadeUpModel {
  private static final long ALIGNMENT = 64;

  private MadeUpModel() {}

  /**
   * Makes up all weights, on all cores.
   *
   * @param config as in a model folder
   * @param stored how matrices and vectors are stored: {@code f32}, {@code f16} or {@code bf16}
   * @param seed of the weights: the same seed gives the same ones
   * @throws io.lorikeet.engine.error.LorikeetException MODEL_*, as for a folder with this
   *     config.json
   */
  public static LoadedModel of(String name, ObjectNode config, String stored, long seed) {
    DType dtype = DType.valueOf(stored.toUpperCase(Locale.ROOT));
    ModelReader.Architecture architecture = ModelFolder.architecture(config);
    Map<String, TensorView> tensors = new HashMap<>();
    Arena arena = Arena.ofAuto();
    TensorShapes.of(architecture.spec(), architecture.names())
        .forEach((tensor, shape) -> tensors.put(tensor, allocate(arena, tensor, shape, dtype)));
    tensors.values().parallelStream().forEach(tensor -> fill(tensor, dtype, seed));
    DecoderSpec spec = architecture.spec();
    MappedWeights weights = new WeightsReader(tensors, spec, architecture.names(), true).read();
    return new LoadedModel(
        name,
        "made-up-" + dtype + "-" + seed + "-" + config.hashCode(),
        spec,
        weights,
        List.of(),
        WeightFiles.NONE);
  }

  private static TensorView allocate(Arena arena, String name, List<Integer> shape, DType dtype) {
    long[] dimensions = shape.stream().mapToLong(Integer::longValue).toArray();
    long elements = 1;
    for (long dimension : dimensions) {
      elements *= dimension;
    }
    MemorySegment data = arena.allocate(elements * dtype.bytes(), ALIGNMENT);
    return new TensorView(name, dtype.name(), dimensions, data);
  }

  // Matrices keep the size of what they are multiplied with; norms are close to one.
  private static void fill(TensorView tensor, DType dtype, long seed) {
    long[] shape = tensor.shape();
    boolean isVector = shape.length == 1;
    float scale = isVector ? 0.1f : (float) Math.sqrt(3.0 / shape[shape.length - 1]);
    float middle = isVector && !tensor.name().endsWith("bias") ? 1f : 0f;
    long state = (seed * 31 + tensor.name().hashCode()) * 0x9e3779b97f4a7c15L | 1;
    long elements = tensor.data().byteSize() / dtype.bytes();
    for (long i = 0; i < elements; i++) {
      // xorshift64: quick, and good enough for weights that mean nothing
      state ^= state << 13;
      state ^= state >>> 7;
      state ^= state << 17;
      float unit = (state >> 40) * 0x1p-23f; // [-1, 1)
      set(tensor.data(), dtype, i, middle + unit * scale);
    }
  }

  private static void set(MemorySegment data, DType dtype, long index, float value) {
    switch (dtype) {
      case F32 -> data.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
      case F16 -> data.setAtIndex(ValueLayout.JAVA_SHORT, index, Float.floatToFloat16(value));
      case BF16 ->
          data.setAtIndex(
              ValueLayout.JAVA_SHORT, index, (short) (Float.floatToRawIntBits(value) >>> 16));
    }
  }
}
