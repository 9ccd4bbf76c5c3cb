package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.FileLimits;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.format.Fuzz;
import io.lorikeet.engine.format.JsonMutation;
import io.lorikeet.engine.format.Meaning;
import io.lorikeet.engine.format.TensorBytes;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The golden adapters with changed configurations, headers and bytes. */
final class AdapterFuzzTest {
  private static final AdapterLimits LIMITS =
      new AdapterLimits(1 << 24, FileLimits.DEFAULT, 4096, 1_000_000);
  private static final long HEAP_BYTES_MAX = 64 << 20;

  /** Fields that are held against a few values, none of which changes anything. */
  private static final Set<String> CHECKED =
      Set.of("task_type", "init_lora_weights", "peft_version");

  private static final List<Golden> GOLDEN = new ArrayList<>();

  /** An adapter that loads. */
  private record Golden(
      String name, LoadedModel model, byte[] config, byte[] weights, String meaning) {
    AdapterImage read(byte[] otherConfig, byte[] otherWeights) {
      AdapterArtifact artifact =
          new AdapterArtifact(
              new GenerationId("test"),
              MemorySegment.ofArray(otherConfig),
              MemorySegment.ofArray(otherWeights));
      AdapterImage image = AdapterFolder.read(artifact, model, LIMITS, warning -> {});
      assertTrue(
          image.bytes() <= 8L * otherWeights.length + (1 << 16), "image of " + image.bytes());
      assertFinite(image);
      return image;
    }

    String says(byte[] otherConfig) {
      ObjectNode json = JsonMutation.parsed(otherConfig);
      PatternBudget budget = new PatternBudget(4096, 1_000_000);
      AdapterConfig config = new ConfigReader(json, model.spec(), budget).read();
      if (!(config.method() instanceof Method.Ia3 ia3)) {
        return Meaning.of(config);
      }
      List<String> feedForward = new ArrayList<>();
      for (Projection projection : model.spec().projections()) {
        String path = model.spec().modules().path(0, projection);
        feedForward.add(path + ia3.feedForward().contains(path));
      }
      return feedForward
          + Meaning.of(config.targets())
          + config.modulesToSave()
          + config.baseName();
    }
  }

  @BeforeAll
  static void readAll() throws IOException {
    for (String name : Fixtures.folders(Fixtures.path("models"))) {
      LoadedModel model = ModelFolder.load(Fixtures.path("models", name));
      for (String adapter : Fixtures.folders(Fixtures.path("models", name, "adapters"))) {
        Path folder = Fixtures.path("models", name, "adapters", adapter);
        byte[] config = Files.readAllBytes(folder.resolve("adapter_config.json"));
        byte[] weights = Files.readAllBytes(folder.resolve("adapter_model.safetensors"));
        Golden golden = new Golden(name + "/" + adapter, model, config, weights, "");
        try {
          String meaning = Meaning.hash(golden.read(config, weights));
          GOLDEN.add(new Golden(golden.name, model, config, weights, meaning));
        } catch (LorikeetException refused) {
          // GoldenAdaptersTest says which are served.
        }
      }
    }
    assertTrue(GOLDEN.size() > 50, "" + GOLDEN.size());
  }

  @Test
  void aChangedConfigurationIsRefusedOrMeansWhatItSays() {
    Fuzz.run(
        400,
        HEAP_BYTES_MAX,
        (random, story) -> {
          Golden golden = GOLDEN.get(random.nextInt(GOLDEN.size()));
          ObjectNode original = JsonMutation.parsed(golden.config);
          JsonMutation.Changed changed = JsonMutation.of(original, random);
          story.tell(golden.name + ": " + changed.what());
          String image = Meaning.hash(golden.read(changed.bytes(), golden.weights));

          ObjectNode json = JsonMutation.parsed(changed.bytes());
          String expected = plain(original);
          String given = plain(json);
          if (given.equals(expected) && version(json).equals(version(original))) {
            assertEquals(golden.says(golden.config), golden.says(changed.bytes()));
            assertEquals(golden.meaning, image, "the same configuration");
          } else if (!given.equals(expected) && !hasDefaults(json)) {
            assertNotEquals(golden.says(golden.config), golden.says(changed.bytes()), given);
          }
          double before = scale(original);
          if (before != 0 && scale(json) != 0 && scale(json) != before) {
            assertNotEquals(golden.meaning, image, "another scale");
          }
        });
  }

  @Test
  void aChangedHeaderIsRefusedOrMeansWhatItSays() {
    Fuzz.run(
        400,
        HEAP_BYTES_MAX,
        (random, story) -> {
          Golden golden = GOLDEN.get(random.nextInt(GOLDEN.size()));
          ObjectNode original = header(golden.weights);
          byte[] weights;
          if (random.nextBoolean()) {
            JsonMutation.Changed changed = JsonMutation.of(original, random);
            story.tell(golden.name + ": " + changed.what());
            weights = withHeader(golden.weights, changed.bytes());
          } else {
            ObjectNode changed = original.deepCopy();
            story.tell(golden.name + ": " + swapTensors(changed, random));
            weights =
                withHeader(golden.weights, changed.toString().getBytes(StandardCharsets.UTF_8));
          }
          String image = Meaning.hash(golden.read(golden.config, weights));
          if (tensors(header(weights)).equals(tensors(original))) {
            assertEquals(golden.meaning, image, "the same tensors");
          } else {
            assertNotEquals(golden.meaning, image, "other tensors");
          }
        });
  }

  @Test
  void filesThatAreCutOrGrowAreRefusedAndOtherBytesAreReadWhole() {
    Fuzz.run(
        300,
        HEAP_BYTES_MAX,
        (random, story) -> {
          Golden golden = GOLDEN.get(random.nextInt(GOLDEN.size()));
          byte[] weights = golden.weights.clone();
          if (random.nextInt(3) == 0) {
            int length =
                random.nextBoolean()
                    ? random.nextInt(weights.length)
                    : weights.length + 1 + random.nextInt(9);
            story.tell(golden.name + ": " + weights.length + " bytes become " + length);
            golden.read(golden.config, Arrays.copyOf(weights, length));
            throw new AssertionError("read");
          }
          int reach = random.nextBoolean() ? 64 : weights.length;
          for (int i = random.nextInt(3); i >= 0; i--) {
            weights[random.nextInt(reach)] ^= (byte) (1 << random.nextInt(8));
          }
          story.tell(golden.name + ": flipped below " + reach);
          golden.read(golden.config, weights);
        });
  }

  /** A configuration without its spelling and without what can't change anything. */
  private static String plain(ObjectNode json) {
    FieldTable table =
        ConfigReader.fields(PeftMethod.of(json.path("peft_type").asText()).orElseThrow());
    Map<String, String> fields = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      String name = field.getKey();
      if (!CHECKED.contains(name) && !table.isNeutral(name)) {
        fields.put(name, plain(name, field.getValue()));
      }
    }
    // Defaults of the methods that have these fields.
    fields.putIfAbsent("r", "8");
    fields.putIfAbsent("lora_alpha", "8");
    fields.putIfAbsent("save_projection", "true");
    if (fields.getOrDefault("bias", "").isEmpty()) {
      fields.put("bias", "\"none\"");
    }
    fields.values().removeIf(String::isEmpty);
    return fields.toString();
  }

  /** Decides what some fields mean, where they are there. */
  private static JsonNode version(ObjectNode json) {
    return json.path("peft_version");
  }

  /** Whether the method's defaults decide, which may be what stood there before. */
  private static boolean hasDefaults(ObjectNode json) {
    boolean ia3 = json.path("peft_type").asText().equals("IA3");
    return !json.hasNonNull("target_modules") || (ia3 && !json.hasNonNull("feedforward_modules"));
  }

  private static String plain(String name, JsonNode value) {
    return switch (name) {
      case "target_modules", "exclude_modules", "feedforward_modules", "target_parameters" ->
          value.isArray() ? set(value) : targets(value);
      case "layers_to_transform" -> value.isNumber() ? "[" + value + "]" : set(value);
      case "layers_pattern" ->
          value.isTextual() && !value.textValue().isEmpty()
              ? "[" + value + "]"
              : JsonMutation.plain(value);
      case "rank_pattern", "alpha_pattern" -> inOrder(value);
      case "base_model_name_or_path" -> value.isNull() ? "" : value.toString();
      default -> JsonMutation.plain(value);
    };
  }

  private static String targets(JsonNode value) {
    String text = JsonMutation.plain(value);
    return text.equalsIgnoreCase("\"all-linear\"") ? "\"all-linear\"" : text;
  }

  private static String set(JsonNode list) {
    Set<String> entries = new TreeSet<>();
    list.forEach(entry -> entries.add(entry.toString()));
    return entries.isEmpty() ? "" : entries.toString();
  }

  private static String inOrder(JsonNode object) {
    List<String> entries = new ArrayList<>();
    object
        .properties()
        .forEach(e -> entries.add(e.getKey() + ":" + JsonMutation.plain(e.getValue())));
    return entries.isEmpty() ? "" : entries.toString();
  }

  /** The scale of modules without exceptions; 0 where it can't be told so simply. */
  private static double scale(ObjectNode json) {
    boolean simple =
        json.path("peft_type").asText().equals("LORA")
            && json.path("alpha_pattern").isEmpty()
            && json.path("rank_pattern").isEmpty()
            && json.path("lora_alpha").isNumber()
            && json.path("r").isNumber();
    if (!simple) {
      return 0;
    }
    double alpha = json.path("lora_alpha").doubleValue();
    double rank = json.path("r").doubleValue();
    return json.path("use_rslora").asBoolean() ? alpha / Math.sqrt(rank) : alpha / rank;
  }

  private static ObjectNode header(byte[] file) {
    int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    return JsonMutation.parsed(Arrays.copyOfRange(file, 8, 8 + length));
  }

  private static byte[] withHeader(byte[] file, byte[] header) {
    int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    byte[] data = Arrays.copyOfRange(file, 8 + length, file.length);
    return TensorBytes.file(new String(header, StandardCharsets.UTF_8), data);
  }

  /** Two tensors exchange their places, shapes, types or names. */
  private static String swapTensors(ObjectNode header, Random random) {
    List<String> names = new ArrayList<>();
    header.fieldNames().forEachRemaining(names::add);
    names.remove("__metadata__");
    String a = names.get(random.nextInt(names.size()));
    String b = names.get(random.nextInt(names.size()));
    ObjectNode first = (ObjectNode) header.get(a);
    ObjectNode second = (ObjectNode) header.get(b);
    String field = List.of("shape", "dtype", "data_offsets", "all").get(random.nextInt(4));
    if (field.equals("all")) {
      header.set(a, second);
      header.set(b, first);
    } else {
      JsonNode moved = first.get(field);
      first.set(field, second.get(field));
      second.set(field, moved);
    }
    return "swap " + field + " of " + a + " and " + b;
  }

  private static String tensors(ObjectNode header) {
    Map<String, String> tensors = new TreeMap<>();
    header.properties().forEach(e -> tensors.put(e.getKey(), JsonMutation.plain(e.getValue())));
    tensors.remove("__metadata__");
    return tensors.toString();
  }

  private static void assertFinite(Object value) {
    switch (value) {
      case Optional<?> optional -> optional.ifPresent(AdapterFuzzTest::assertFinite);
      case Map<?, ?> map -> map.values().forEach(AdapterFuzzTest::assertFinite);
      case List<?> list -> list.forEach(AdapterFuzzTest::assertFinite);
      case Matrix matrix -> assertFiniteMatrix(matrix);
      case float[] floats -> {
        for (float x : floats) {
          assertTrue(Float.isFinite(x), "not finite");
        }
      }
      case Record record -> {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
          try {
            assertFinite(component.getAccessor().invoke(record));
          } catch (ReflectiveOperationException e) {
            throw new LinkageError("a component of a record", e);
          }
        }
      }
      default -> {}
    }
  }

  private static void assertFiniteMatrix(Matrix matrix) {
    int bytes = matrix.dtype().bytes();
    int exponent = matrix.dtype() == DType.F16 ? 0x7c00 : 0x7f80;
    for (long at = 0; at < matrix.data().byteSize(); at += bytes) {
      boolean finite =
          bytes == 4
              ? Float.isFinite(matrix.data().get(ValueLayout.JAVA_FLOAT_UNALIGNED, at))
              : (matrix.data().get(ValueLayout.JAVA_SHORT_UNALIGNED, at) & exponent) != exponent;
      assertTrue(finite, "not finite");
    }
  }
}
