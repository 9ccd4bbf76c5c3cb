package io.lorikeet.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.format.Fuzz;
import io.lorikeet.engine.format.JsonMutation;
import io.lorikeet.engine.format.Meaning;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changed files of model folders. */
final class ModelFuzzTest {
  private static final long HEAP_BYTES_MAX = 64 << 20;

  /** Fields that change the spec only beside certain others, or are only held against it. */
  private static final Map<String, String> CONDITIONAL =
      Map.ofEntries(
          Map.entry("architectures", "the family's class must be among them"),
          Map.entry("eos_token_id", "not part of the spec"),
          Map.entry("use_sliding_window", "beside the other two"),
          Map.entry("sliding_window", "beside the other two"),
          Map.entry("max_window_layers", "beside the other two"));

  private static final List<Config> CONFIGS = new ArrayList<>();

  private record Config(Path file, ObjectNode json, String spec) {}

  @TempDir private Path temp;

  @BeforeAll
  static void readConfigs() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String model : Fixtures.folders(Fixtures.path("models"))) {
      files.add(Fixtures.path("models", model, "config.json"));
    }
    try (Stream<Path> published = Files.list(Fixtures.path("configs"))) {
      published.filter(f -> f.toString().endsWith(".json")).sorted().forEach(files::add);
    }
    for (Path file : files) {
      ObjectNode config = (ObjectNode) Fixtures.json(file);
      try {
        CONFIGS.add(new Config(file, config, Meaning.of(ModelFolder.spec(config))));
      } catch (LorikeetException refused) {
        // ModelConfigsTest says which are read.
      }
    }
  }

  @Test
  void aChangedConfigurationIsRefusedOrMeansWhatItSays() {
    Fuzz.run(
        1_000,
        4 * HEAP_BYTES_MAX,
        (random, story) -> {
          Config config = CONFIGS.get(random.nextInt(CONFIGS.size()));
          ObjectNode original = config.json;
          JsonMutation.Changed changed = JsonMutation.of(original, random);
          story.tell(config.file + ": " + changed.what());
          write(temp, "config.json", changed.bytes());
          ModelReader.Architecture read = ModelFolder.architecture(temp, Set.of());

          ObjectNode json = JsonMutation.parsed(changed.bytes());
          Set<String> others = changedFields(original, json);
          String after = Meaning.of(read.spec());
          Set<String> neutral = ModelFolder.neutralFields(json.path("model_type").asText());
          others.removeIf(field -> neutral.contains(field.replaceFirst("\\..*", "")));
          if (others.isEmpty()) {
            assertEquals(config.spec, after);
          }
          others.removeIf(field ->
              at(original, field).floatValue() == at(json, field).floatValue()
                  && at(original, field).isNumber()
                  && at(json, field).isNumber());
          others.removeIf(CONDITIONAL::containsKey);
          // A default may be the value that is gone.
          others.removeIf(field -> absent(at(original, field)) || absent(at(json, field)));
          if (!others.isEmpty() && after.equals(config.spec)) {
            assertNotEquals(
                ModelFolder.tensorShapes(original),
                ModelFolder.tensorShapes(json),
                others.toString());
          }
        });
  }

  private static boolean absent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  /** Paths of fields with other values. */
  private static Set<String> changedFields(ObjectNode before, ObjectNode after) {
    Set<String> names = new TreeSet<>();
    before.fieldNames().forEachRemaining(names::add);
    after.fieldNames().forEachRemaining(names::add);
    Set<String> changed = new TreeSet<>();
    for (String name : names) {
      JsonNode old = before.path(name);
      JsonNode now = after.path(name);
      if (old instanceof ObjectNode oldObject && now instanceof ObjectNode nowObject) {
        changedFields(oldObject, nowObject).forEach(field -> changed.add(name + "." + field));
      } else if (!JsonMutation.plain(old).equals(JsonMutation.plain(now))) {
        changed.add(name);
      }
    }
    return changed;
  }

  private static JsonNode at(ObjectNode json, String field) {
    return json.at("/" + field.replace('.', '/'));
  }

  @Test
  void aChangedIndexIsRefusedOrPlacesTheSameTensors() throws IOException {
    Path folder = linked("llama-sharded");
    String name = "model.safetensors.index.json";
    ObjectNode original = (ObjectNode) Fixtures.json(folder.resolve(name));
    String fingerprint = ModelFolder.load(folder).fingerprint();
    Fuzz.run(
        80,
        HEAP_BYTES_MAX,
        (random, story) -> {
          JsonMutation.Changed changed = JsonMutation.of(original, random);
          story.tell(changed.what());
          write(folder, name, changed.bytes());
          assertEquals(fingerprint, ModelFolder.load(folder).fingerprint());
        });
  }

  @Test
  void changedWeightsAreRefusedOrAnotherModel() throws IOException {
    Path folder = linked("qwen3");
    String name = "model.safetensors";
    byte[] original = Files.readAllBytes(folder.resolve(name));
    int header = (int) ByteBuffer.wrap(original).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    Fuzz.run(
        80,
        HEAP_BYTES_MAX,
        (random, story) -> {
          byte[] bytes = original.clone();
          if (random.nextInt(4) == 0) {
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 100));
            story.tell("cut to " + bytes.length);
          } else {
            int reach = random.nextBoolean() ? 8 + header : bytes.length;
            int at = flip(bytes, reach, random);
            story.tell("flipped " + at);
          }
          write(folder, name, bytes);
          // The fingerprint holds configuration and tensors, not every byte of them.
          ModelFolder.load(folder);
        });
  }

  private static int flip(byte[] bytes, int reach, Random random) {
    int at = random.nextInt(reach);
    bytes[at] ^= (byte) (1 << random.nextInt(8));
    return at;
  }

  private Path linked(String model) throws IOException {
    Path folder = Files.createDirectory(temp.resolve(model));
    try (Stream<Path> files = Files.list(Fixtures.path("models", model))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    return folder;
  }

  private static void write(Path folder, String name, byte[] bytes) throws IOException {
    // Anew, for an earlier round may still have the old file mapped.
    Files.deleteIfExists(folder.resolve(name));
    Files.write(folder.resolve(name), bytes);
  }

  @Test
  void changedSamplingDefaultsAreRefusedOrMeanWhatTheySay() throws IOException {
    ObjectNode original =
        (ObjectNode)
            Fixtures.json(
                Path.of(System.getProperty("lorikeet.root"), "models/demo/generation_config.json"));
    original.put("temperature", 0.7).put("top_k", 50).put("top_p", 0.9).put("min_p", 0.05);
    original
        .put("repetition_penalty", 1.1)
        .put("typical_p", 0.9)
        .put("do_sample", true)
        .put("guidance_scale", 1.5);
    String name = "generation_config.json";
    write(temp, name, original.toString().getBytes(StandardCharsets.UTF_8));
    String before = Meaning.of(SamplingDefaults.read(temp));
    Fuzz.run(
        400,
        HEAP_BYTES_MAX,
        (random, story) -> {
          JsonMutation.Changed changed = JsonMutation.of(original, random);
          story.tell(changed.what());
          write(temp, name, changed.bytes());
          SamplingDefaults read = SamplingDefaults.read(temp);
          String after = Meaning.of(read);
          ObjectNode json = JsonMutation.parsed(changed.bytes());
          Set<String> others = changedFields(original, json);
          JsonNode guidance = json.path("guidance_scale");
          boolean off = absent(guidance) || guidance.asDouble(Double.NaN) == 1;
          assertEquals(off, !read.notApplied().contains("guidance_scale"));
          others.retainAll(
              Set.of("temperature", "top_k", "top_p", "min_p", "repetition_penalty", "typical_p"));
          if (!others.isEmpty()) {
            assertNotEquals(before, after, others.toString());
          }
        });
  }
}
