package io.lorikeet.engine.format.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.format.TensorBytes;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** An adapter for the golden Llama, made for one test. Rank 2 on q_proj of layer 0 at first. */
final class TestAdapter {
  static final LoadedModel LLAMA = ModelFolder.load(Fixtures.path("models", "llama"));
  static final String Q0 = "base_model.model.model.layers.0.self_attn.q_proj";
  private static final JsonMapper JSON = new JsonMapper();

  private final ObjectNode config;
  private TensorBytes tensors = new TensorBytes();
  private boolean hasTensors;
  private AdapterLimits limits = AdapterLimits.DEFAULT;
  final List<String> warnings = new ArrayList<>();

  TestAdapter() {
    this(JSON.createObjectNode());
    set("peft_type", "\"LORA\"").set("r", "2").set("lora_alpha", "2");
    set("target_modules", "[\"q_proj\"]");
  }

  private TestAdapter(ObjectNode config) {
    this.config = config;
  }

  /** An adapter of another method, without tensors and of q_proj. */
  static TestAdapter of(PeftMethod method) {
    return new TestAdapter(JSON.createObjectNode())
        .set("peft_type", "\"" + method + "\"")
        .set("target_modules", "[\"q_proj\"]");
  }

  /** Sets a field to a value in JSON. */
  TestAdapter set(String field, String json) {
    try {
      config.set(field, JSON.readTree(json));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  TestAdapter remove(String field) {
    config.remove(field);
    return this;
  }

  TestAdapter limits(AdapterLimits given) {
    limits = given;
    return this;
  }

  TestAdapter add(String name, String dtype, long[] shape, float... values) {
    tensors.add(name, dtype, shape, values);
    hasTensors = true;
    return this;
  }

  /** Adds A and B with random values. */
  TestAdapter pair(String module, String dtype, int rank, int in, int out, Random random) {
    add(module + ".lora_A.weight", dtype, new long[] {rank, in}, values(rank * in, random));
    return add(
        module + ".lora_B.weight", dtype, new long[] {out, rank}, values(out * rank, random));
  }

  /** Adds a matrix with random values. */
  TestAdapter matrix(String name, int rows, int cols, Random random) {
    return add(name, "F32", new long[] {rows, cols}, values(rows * cols, random));
  }

  /** Adds a vector with random values. */
  TestAdapter vector(String name, int width, Random random) {
    return add(name, "F32", new long[] {width}, values(width, random));
  }

  static float[] values(int count, Random random) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  JsonNode config() {
    return config;
  }

  byte[] configBytes() {
    return config.toString().getBytes(StandardCharsets.UTF_8);
  }

  byte[] weightBytes() {
    if (!hasTensors) {
      pair(Q0, "F32", 2, 64, 64, new Random(1));
    }
    return tensors.bytes();
  }

  /** Reads it without a folder. */
  AdapterImage read() {
    return read(LLAMA);
  }

  /** Reads it for another base than the golden Llama. */
  AdapterImage read(LoadedModel model) {
    return AdapterFolder.read(
        new AdapterArtifact(
            new GenerationId("test"),
            MemorySegment.ofArray(configBytes()),
            MemorySegment.ofArray(weightBytes())),
        model,
        limits,
        warnings::add);
  }

  /** Writes it to a folder. */
  Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.write(folder.resolve("adapter_config.json"), configBytes());
    Files.write(folder.resolve("adapter_model.safetensors"), weightBytes());
    return folder;
  }
}
