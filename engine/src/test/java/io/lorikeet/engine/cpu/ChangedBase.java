package io.lorikeet.engine.cpu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.FileLimits;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.format.TensorBytes;
import io.lorikeet.engine.format.TensorFolder;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.kernels.Widen;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The weights of a model in F32, a fixture's or made up, for tests to change. A model with the
 * change in its weights is what an adapter with the same change must be like.
 */
final class ChangedBase {
  private record Tensor(long[] shape, float[] values) {}

  private final ObjectNode config;
  private final Map<String, Tensor> tensors = new TreeMap<>();

  /** A model without weights yet. */
  ChangedBase(ObjectNode config) {
    this.config = config;
  }

  /** The weights of a folder of the fixtures. */
  ChangedBase(String model) {
    Path folder = TestModels.folder(model);
    config = (ObjectNode) Fixtures.json(folder.resolve("config.json"));
    TensorFolder.open(folder, FileFamily.MODEL, FileLimits.DEFAULT, Arena.ofAuto())
        .forEach((name, view) -> tensors.put(name, new Tensor(view.shape(), values(view))));
  }

  private static float[] values(TensorView view) {
    float[] values = new float[(int) Arrays.stream(view.shape()).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = Widen.element(view.dtype().orElseThrow(), view.data(), i);
    }
    return values;
  }

  ObjectNode config() {
    return config;
  }

  List<String> names() {
    return List.copyOf(tensors.keySet());
  }

  boolean has(String name) {
    return tensors.containsKey(name);
  }

  long[] shape(String name) {
    return get(name).shape.clone();
  }

  float[] values(String name) {
    return get(name).values.clone();
  }

  /** Replaces the values of a tensor. */
  void set(String name, float... values) {
    set(name, shape(name), values);
  }

  /** Replaces or adds a tensor. */
  void set(String name, long[] shape, float... values) {
    tensors.put(name, new Tensor(shape, values));
  }

  /** Gives a tied model a head of its own, which begins as a copy of the embedding. */
  void untie(String embedding) {
    if (!has("lm_head.weight") && !has("embed_out.weight")) {
      config.put("tie_word_embeddings", false);
      set("lm_head.weight", shape(embedding), values(embedding));
    }
  }

  /**
   * Adds a low-rank product {@code scale * b a} to a matrix {@code [out, in]}, or its transpose to
   * one that is stored as {@code [in, out]}.
   *
   * @param a {@code [rank, in]}
   * @param b {@code [out, rank]}
   */
  void addProduct(String name, float scale, float[] a, float[] b, int rank, boolean transposed) {
    float[] sum = values(name);
    int in = a.length / rank;
    int out = b.length / rank;
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        double product = 0;
        for (int k = 0; k < rank; k++) {
          product += (double) b[o * rank + k] * a[k * in + i];
        }
        sum[transposed ? i * out + o : o * in + i] += (float) (scale * product);
      }
    }
    set(name, sum);
  }

  /** Writes the model to an empty folder and loads it. */
  LoadedModel load(Path folder) {
    TensorBytes bytes = new TensorBytes();
    tensors.forEach((name, tensor) -> bytes.add(name, "F32", tensor.shape, tensor.values));
    try {
      Files.createDirectories(folder);
      byte[] json = config.toString().getBytes(StandardCharsets.UTF_8);
      Files.write(folder.resolve("config.json"), json);
      Files.write(folder.resolve("model.safetensors"), bytes.bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ModelFolder.load(folder);
  }

  private Tensor get(String name) {
    return Objects.requireNonNull(tensors.get(name), name);
  }
}
