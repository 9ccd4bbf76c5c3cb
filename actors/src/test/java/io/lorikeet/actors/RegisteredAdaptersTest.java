package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.Settings;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.cpu.TestModels;
import io.lorikeet.engine.cpu.TracedKernels;
import io.lorikeet.engine.format.TensorBytes;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.Projection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A thousand adapters, of which sixty-four are resident, cost base rows nothing. */
class RegisteredAdaptersTest {
  private static final LoadedModel MODEL = TestModels.model("llama");
  private static final int REGISTERED = 1_000;
  private static final int RESIDENT = 64;
  private static final int RANK = 2;

  @TempDir private Path root;
  private final TracedKernels kernels = new TracedKernels();

  @Test
  void baseRowsReadTheSameBytesByTheSameCallsWithAThousandAdaptersRegistered() throws Exception {
    Traced alone = new Traced(start(0));
    List<String> calls = alone.calls(Engines.base());
    alone.close();
    assertTrue(calls.size() > 200, calls::toString);

    Traced among = new Traced(start(REGISTERED));
    for (int i = 0; i < RESIDENT; i++) {
      List<String> adapted = among.calls(Engines.adapter(name(i)));
      assertTrue(adapted.stream().anyMatch(call -> call.startsWith("expand")), name(i));
    }
    assertEquals(REGISTERED, among.states().size());
    assertEquals(RESIDENT, among.states().stream().filter("device"::equals).count());
    assertEquals(
        RESIDENT, among.engine.status().toCompletableFuture().get().loop().slotsResident());

    assertEquals(calls, among.calls(Engines.base()));
    assertEquals(alone.tokens, among.tokens);
    among.close();
  }

  /** An engine whose kernels are traced. */
  private final class Traced {
    final LorikeetEngine engine;
    List<Integer> tokens = List.of(); // of the last request

    Traced(LorikeetEngine engine) {
      this.engine = engine;
    }

    /** Those of the steps of one request, which is alone. */
    List<String> calls(Target target) throws Exception {
      kernels.drain();
      Reading reading = Reading.start(engine, Engines.request(target, 4, 10, 11, 12, 13, 14));
      reading.finish();
      tokens = reading.ids(0);
      return kernels.drain();
    }

    List<String> states() throws Exception {
      return engine
          .adapters()
          .toCompletableFuture()
          .get(Engines.PATIENCE.toSeconds(), TimeUnit.SECONDS)
          .stream()
          .map(Engine.AdapterStatus::state)
          .toList();
    }

    void close() throws Exception {
      Engines.stop(engine);
    }
  }

  private LorikeetEngine start(int registered) throws Exception {
    Map<String, Path> folders = new HashMap<>();
    for (int i = 0; i < registered; i++) {
      folders.put(name(i), write(name(i), new Random(i)));
    }
    Settings settings =
        SettingsReader.read(
            Optional.empty(),
            Map.of(
                "engine.threads",
                1,
                "engine.slots",
                RESIDENT,
                "engine.kv-bytes",
                8 << 20,
                "engine.weights-memory", // both engines read the same addresses
                "mapped"));
    return LorikeetEngine.start(
            new EngineStart(
                settings,
                MODEL,
                Engines.MODEL,
                Optional.empty(),
                () -> kernels.open(MODEL, settings.engine()),
                List.of(),
                folders,
                (_, _) -> true,
                Clock.system(ZoneOffset.UTC),
                Engines.forTests()))
        .toCompletableFuture()
        .get(Engines.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static String name(int adapter) {
    return "adapter-" + adapter;
  }

  /** An adapter on the queries of both layers. */
  private Path write(String name, Random random) throws IOException {
    DecoderSpec spec = MODEL.spec();
    int in = spec.inputs(Projection.Q);
    int out = spec.outputs(Projection.Q);
    TensorBytes tensors = new TensorBytes();
    for (int layer = 0; layer < spec.layers(); layer++) {
      String module = "base_model.model.model.layers." + layer + ".self_attn.q_proj.lora_";
      tensors.add(module + "A.weight", "F32", new long[] {RANK, in}, values(RANK * in, random));
      tensors.add(module + "B.weight", "F32", new long[] {out, RANK}, values(out * RANK, random));
    }
    Path folder = Files.createDirectory(root.resolve(name));
    Files.writeString(
        folder.resolve("adapter_config.json"),
        "{\"peft_type\":\"LORA\",\"r\":%d,\"lora_alpha\":4,\"target_modules\":[\"q_proj\"]}"
            .formatted(RANK));
    Files.write(folder.resolve("adapter_model.safetensors"), tensors.bytes());
    return folder;
  }

  private static float[] values(int count, Random random) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = 0.1f * (float) random.nextGaussian();
    }
    return values;
  }
}
