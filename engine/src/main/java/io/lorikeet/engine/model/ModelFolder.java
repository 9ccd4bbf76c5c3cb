package io.lorikeet.engine.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.ConfinedPath;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.FileLimits;
import io.lorikeet.engine.format.StrictJson;
import io.lorikeet.engine.format.TensorFolder;
import io.lorikeet.engine.format.TensorView;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A model folder in Hugging Face layout: config.json, generation_config.json where it is there, and
 * safetensors weights.
 */
public final class ModelFolder {
  private static final FileFamily FAMILY = FileFamily.MODEL;
  private static final List<ModelReader> READERS =
      List.of(
          new LlamaReader(),
          new MistralReader(),
          new QwenReader(),
          new GemmaReader(),
          new Gemma2Reader(),
          new Gemma3Reader(),
          new GraniteReader(),
          new Phi3Reader(),
          new Olmo2Reader(),
          new SmolLm3Reader(),
          new StableLmReader(),
          new Starcoder2Reader(),
          new CohereReader(),
          new PhiReader(),
          new Gpt2Reader(),
          new GptNeoxReader(),
          new FalconReader(),
          new BloomReader(),
          new MixtralReader(),
          new QwenMoeReader(),
          new DbrxReader());

  private ModelFolder() {}

  /** As {@link #load(Path, Set)} with no field overruled. */
  public static LoadedModel load(Path folder) {
    return load(folder, Set.of());
  }

  /**
   * Reads and checks a folder. The weights stay in the mapped files.
   *
   * @param acceptFields config.json fields to leave aside although they are not implemented
   * @throws LorikeetException MODEL_*, with what is wrong and where
   */
  public static LoadedModel load(Path folder, Set<String> acceptFields) {
    return load(folder, acceptFields, FiniteRecords.NONE);
  }

  /**
   * As {@link #load(Path, Set)}, but weights that are known to be finite are not read for it.
   *
   * @param records what is known, and where it is remembered
   */
  public static LoadedModel load(Path folder, Set<String> acceptFields, FiniteRecords records) {
    Path absolute = folder.toAbsolutePath().normalize();
    if (!Files.isDirectory(absolute)) {
      throw new LorikeetException(
          ErrorCode.MODEL_CONFIG_MISSING, "the model folder must exist. Given: " + folder);
    }
    Parsed parsed = parse(readConfig(absolute), acceptFields);
    parsed.overruled.forEach(field ->
        System.getLogger(ModelFolder.class.getName())
            .log(System.Logger.Level.WARNING, "config.json: `{0}` is overruled", field));
    WeightFiles files = WeightFiles.of(absolute, Instant.now());
    Map<String, TensorView> tensors =
        TensorFolder.open(absolute, FAMILY, FileLimits.DEFAULT, Arena.ofAuto());
    DecoderSpec spec = parsed.architecture.spec();
    String fingerprint = fingerprint(parsed.source, tensors);
    boolean isKnownFinite = records.hold(fingerprint, files);
    MappedWeights weights =
        new WeightsReader(tensors, spec, parsed.architecture.names(), isKnownFinite).read();
    if (!isKnownFinite) {
      records.add(fingerprint, files);
    }
    List<Integer> eos = eosTokenIds(absolute, parsed.eosTokenIds, spec.vocab());
    Path name = absolute.getFileName();
    return new LoadedModel(
        name == null ? "model" : name.toString(), fingerprint, spec, weights, eos, files);
  }

  /**
   * The spec that a config.json describes.
   *
   * @throws LorikeetException MODEL_CONFIG_INVALID, MODEL_TYPE_UNSUPPORTED,
   *     MODEL_FIELD_UNSUPPORTED, MODEL_QUANTIZATION_UNSUPPORTED
   */
  public static DecoderSpec spec(ObjectNode config) {
    return parse(config, Set.of()).architecture.spec();
  }

  /** The tensors that a config.json asks for, by name, with their shapes. */
  public static Map<String, List<Integer>> tensorShapes(ObjectNode config) {
    ModelReader.Architecture architecture = parse(config, Set.of()).architecture;
    return TensorShapes.of(architecture.spec(), architecture.names());
  }

  /** What a config.json describes. */
  static ModelReader.Architecture architecture(ObjectNode config) {
    return parse(config, Set.of()).architecture;
  }

  /** What a folder's config.json describes. */
  static ModelReader.Architecture architecture(Path folder, Set<String> acceptFields) {
    return parse(readConfig(folder), acceptFields).architecture;
  }

  /** The {@code model_type}s that have a reader, sorted. */
  public static List<String> modelTypes() {
    return READERS.stream().flatMap(r -> r.modelTypes().stream()).sorted().toList();
  }

  private record Parsed(
      ObjectNode source,
      ModelReader.Architecture architecture,
      List<Integer> eosTokenIds,
      List<String> overruled) {}

  private static ObjectNode readConfig(Path folder) {
    return StrictJson.readConfig(
        ConfinedPath.resolve(folder, "config.json", FAMILY), FAMILY, FileLimits.DEFAULT);
  }

  private static Parsed parse(ObjectNode source, Set<String> acceptFields) {
    ConfigFields config = new ConfigFields("", source);
    String type =
        config
            .text("model_type")
            .orElseThrow(() -> config.invalid("model_type", "there, for it names the family"));
    ModelReader reader = reader(type);
    if (config.has("quantization_config")) {
      throw new LorikeetException(
          ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED,
          "config.json: `quantization_config` must be absent. Given: "
              + source.get("quantization_config"));
    }
    ModelReader.Architecture architecture = reader.read(type, config);
    List<Integer> eos = config.tokenIds("eos_token_id");
    return new Parsed(source, architecture, eos, config.finish(neutralFields(type), acceptFields));
  }

  /** Fields of config.json that are known not to change inference. */
  static Set<String> neutralFields(String modelType) {
    Set<String> neutral = new HashSet<>(ModelReader.NEUTRAL);
    neutral.addAll(reader(modelType).neutralFields());
    return neutral;
  }

  private static ModelReader reader(String modelType) {
    return READERS.stream()
        .filter(reader -> reader.modelTypes().contains(modelType))
        .findFirst()
        .orElseThrow(() -> unknownType(modelType));
  }

  private static LorikeetException unknownType(String type) {
    return new LorikeetException(
        ErrorCode.MODEL_TYPE_UNSUPPORTED,
        "config.json: `model_type` must be one of " + modelTypes() + ". Given: " + type);
  }

  private static List<Integer> eosTokenIds(Path folder, List<Integer> ofConfig, int vocab) {
    Path file = ConfinedPath.resolve(folder, "generation_config.json", FAMILY);
    List<Integer> ids = ofConfig;
    if (Files.exists(file)) {
      ConfigFields generation =
          new ConfigFields(
              "generation_config.json: ", StrictJson.readConfig(file, FAMILY, FileLimits.DEFAULT));
      List<Integer> own = generation.tokenIds("eos_token_id");
      ids = own.isEmpty() ? ofConfig : own;
    }
    // An id outside the vocabulary can never be drawn.
    return ids.stream().filter(id -> id >= 0 && id < vocab).distinct().toList();
  }

  private static String fingerprint(ObjectNode config, Map<String, TensorView> tensors) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(config.toString().getBytes(StandardCharsets.UTF_8));
      new TreeMap<>(tensors)
          .forEach(
              (name, view) -> digest.update(header(name, view).getBytes(StandardCharsets.UTF_8)));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static String header(String name, TensorView view) {
    return "\n" + name + " " + view.storage() + " " + view.shapeText();
  }
}
