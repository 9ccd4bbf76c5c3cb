package io.lorikeet.engine.cpu;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.format.TensorBytes;
import io.lorikeet.engine.format.peft.AdapterArtifact;
import io.lorikeet.engine.format.peft.AdapterFolder;
import io.lorikeet.engine.model.LoadedModel;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** The files of a LoRA adapter of rank 2 and scale 2, made up for one test. */
final class MadeUpAdapter {
  static final int RANK = 2;
  static final float SCALE = 2f;
  private static final String WRAPPER = "base_model.model.";

  private final ObjectNode config = new JsonMapper().createObjectNode();
  private final TensorBytes tensors = new TensorBytes();

  MadeUpAdapter() {
    config.put("peft_type", "LORA").put("r", RANK).put("lora_alpha", RANK * SCALE);
    config.putArray("target_modules");
  }

  ObjectNode config() {
    return config;
  }

  /** Adds a module to {@code target_modules}, by its last segment. */
  MadeUpAdapter target(String module) {
    config.withArray("target_modules").add(last(module));
    return this;
  }

  /** Adds a module to {@code modules_to_save}, by its last segment. */
  MadeUpAdapter save(String module) {
    config.withArray("modules_to_save").add(last(module));
    return this;
  }

  /** Adds a tensor by its name in the base. */
  MadeUpAdapter add(String name, long[] shape, float... values) {
    tensors.add(WRAPPER + name, "F32", shape, values);
    return this;
  }

  /** Adds a tensor that belongs to no module of the base. */
  MadeUpAdapter addShared(String name, long[] shape, float... values) {
    tensors.add(name, "F32", shape, values);
    return this;
  }

  AdapterImage read(LoadedModel model) {
    AdapterArtifact files =
        new AdapterArtifact(
            new GenerationId("made-up"),
            MemorySegment.ofArray(config.toString().getBytes(StandardCharsets.UTF_8)),
            MemorySegment.ofArray(tensors.bytes()));
    return AdapterFolder.read(files, model, warning -> {});
  }

  static String last(String module) {
    return module.substring(module.lastIndexOf('.') + 1);
  }

  static float[] values(int count, float spread, Random random) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = spread * (float) random.nextGaussian();
    }
    return values;
  }
}
