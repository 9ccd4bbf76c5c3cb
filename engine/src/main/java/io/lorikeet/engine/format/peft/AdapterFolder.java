package io.lorikeet.engine.format.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.merge.PlainLora;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.ConfinedPath;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.SafetensorsFile;
import io.lorikeet.engine.format.StrictJson;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.model.LoadedModel;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A PEFT adapter folder: {@code adapter_config.json} and {@code adapter_model.safetensors}. First
 * copied, then read from the copy, so that a file that changes later is another generation and
 * never another answer.
 */
public final class AdapterFolder {
  private static final FileFamily FAMILY = FileFamily.ADAPTER;
  private static final String CONFIG = "adapter_config.json";
  private static final String WEIGHTS = "adapter_model.safetensors";
  private static final String PICKLE = "adapter_model.bin";
  private static final String NEW_EMBEDDINGS = "new_embeddings.safetensors";
  private static final long CHUNK_BYTES = 1 << 24;

  private AdapterFolder() {}

  /**
   * Copies both files into private memory and hashes what was copied. Blocks on the disk.
   *
   * @throws LorikeetException ADAPTER_CONFIG_MISSING, ADAPTER_CONFIG_INVALID (too large),
   *     ADAPTER_WEIGHTS_*, ADAPTER_TOO_LARGE, ADAPTER_PATH_FORBIDDEN,
   *     ADAPTER_TRAINABLE_TOKENS_UNSUPPORTED
   */
  public static AdapterArtifact copy(Path folder, AdapterLimits limits) {
    Path absolute = folder.toAbsolutePath().normalize();
    if (!Files.isDirectory(absolute)) {
      throw FAMILY.configMissing("the adapter folder must exist. Given: " + folder);
    }
    Path configFile = ConfinedPath.resolve(absolute, CONFIG, FAMILY);
    if (!Files.isRegularFile(configFile)) {
      throw FAMILY.configMissing("`" + CONFIG + "` is missing");
    }
    Path weightsFile = weightsFile(absolute);
    try {
      MemorySegment config =
          copyFile(configFile, limits.files().configBytesMax(), ErrorCode.ADAPTER_CONFIG_INVALID);
      MemorySegment weights = copyFile(weightsFile, limits.bytesMax(), ErrorCode.ADAPTER_TOO_LARGE);
      return new AdapterArtifact(generation(config, weights), config, weights);
    } catch (IOException e) {
      // The cause says that another try may do.
      throw new LorikeetException(
          ErrorCode.ADAPTER_WEIGHTS_MISSING,
          "the adapter's files cannot be read: " + e.getMessage(),
          e);
    }
  }

  /** As {@link #read(AdapterArtifact, LoadedModel, AdapterLimits, Consumer)}, default limits. */
  public static AdapterImage read(
      AdapterArtifact artifact, LoadedModel model, Consumer<String> warnings) {
    return read(artifact, model, AdapterLimits.DEFAULT, warnings);
  }

  /**
   * Checks every field and tensor against the base model and builds the canonical form. The image
   * has memory of its own; the artifact may go.
   *
   * @param warnings takes what an operator should know and what does not stop the adapter
   * @throws LorikeetException ADAPTER_*, with what is wrong and where
   */
  public static AdapterImage read(
      AdapterArtifact artifact,
      LoadedModel model,
      AdapterLimits limits,
      Consumer<String> warnings) {
    Contents contents = contents(artifact, model, limits);
    contents
        .config
        .baseName()
        .filter(name -> !name.equals(model.name()) && !name.endsWith("/" + model.name()))
        .ifPresent(name ->
            warnings.accept(
                "the adapter was made for `%s`; the base is `%s`".formatted(name, model.name())));
    return contents.image(artifact, model, limits);
  }

  /**
   * The factors of an adapter that is nothing but LoRA updates, for merging; all checks of {@link
   * #read} included. The matrices are views of the artifact.
   *
   * @param name of the adapter, for messages
   * @throws LorikeetException ADAPTER_*; ADAPTER_MERGE_UNSUPPORTED where it does anything else
   */
  public static PlainLora readPlain(
      String name, AdapterArtifact artifact, LoadedModel model, AdapterLimits limits) {
    Contents contents = contents(artifact, model, limits);
    return new PlainLoraReader(name, contents.config, contents.tensors, model)
        .read(contents.image(artifact, model, limits));
  }

  /** What both files say. */
  private record Contents(AdapterConfig config, Map<String, TensorView> tensors) {
    AdapterImage image(AdapterArtifact artifact, LoadedModel model, AdapterLimits limits) {
      return new ImageReader(config, tensors, model, limits.bytesMax()).read(artifact.generation());
    }
  }

  private static Contents contents(
      AdapterArtifact artifact, LoadedModel model, AdapterLimits limits) {
    ObjectNode config =
        StrictJson.readObject(
            artifact.config().toArray(ValueLayout.JAVA_BYTE),
            limits.files().configDepthMax(),
            message -> FAMILY.configInvalid("`" + CONFIG + "`: " + message));
    // AdaLoRA may have taken every rank of a module away.
    boolean mayBeEmpty = config.path("peft_type").asText().equals(PeftMethod.ADALORA.name());
    Map<String, TensorView> tensors = tensors(artifact.weights(), limits, mayBeEmpty);
    PatternBudget budget = new PatternBudget(limits.patternCharsMax(), limits.patternStepsMax());
    return new Contents(new ConfigReader(config, model.spec(), budget).read(), tensors);
  }

  private static Map<String, TensorView> tensors(
      MemorySegment weights, AdapterLimits limits, boolean mayBeEmpty) {
    if (isPickle(weights)) {
      throw notSafetensors("`" + WEIGHTS + "` is");
    }
    Map<String, TensorView> tensors =
        SafetensorsFile.read(Path.of(WEIGHTS), weights, FAMILY, limits.files()).tensors();
    if (tensors.isEmpty()) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_HAS_NO_EFFECT, "`" + WEIGHTS + "` must hold tensors. Given: none");
    }
    for (TensorView view : tensors.values()) {
      if (view.data().byteSize() == 0 && !mayBeEmpty) {
        throw FAMILY.tensorShape(
            "`" + view.name() + "` must have elements. Given: " + view.shapeText());
      }
    }
    return tensors;
  }

  private static Path weightsFile(Path folder) {
    if (Files.exists(folder.resolve(NEW_EMBEDDINGS))) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_TRAINABLE_TOKENS_UNSUPPORTED,
          "`" + NEW_EMBEDDINGS + "` adds tokens to the vocabulary, which is not supported");
    }
    Path file = ConfinedPath.resolve(folder, WEIGHTS, FAMILY);
    if (Files.isRegularFile(file)) {
      return file;
    }
    if (Files.exists(folder.resolve(PICKLE))) {
      throw notSafetensors("`" + PICKLE + "` is");
    }
    throw FAMILY.missing("`" + WEIGHTS + "` is missing");
  }

  private static LorikeetException notSafetensors(String what) {
    return FAMILY.notSafetensors(
        what + " a pickle, which may run code and is never read; convert it to safetensors");
  }

  // A safetensors file has { where its header begins; its first bytes alone could be any number.
  private static boolean isPickle(MemorySegment file) {
    if (file.byteSize() < 4 || (file.byteSize() > 8 && at(file, 8) == '{')) {
      return false;
    }
    boolean zipped = at(file, 0) == 'P' && at(file, 1) == 'K' && at(file, 2) == 3;
    boolean plain = at(file, 0) == 0x80 && at(file, 1) >= 2 && at(file, 1) <= 5;
    return zipped || plain;
  }

  private static int at(MemorySegment file, long index) {
    return file.get(ValueLayout.JAVA_BYTE, index) & 0xff;
  }

  private static MemorySegment copyFile(Path file, long bytesMax, ErrorCode tooLarge)
      throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long bytes = channel.size();
      if (bytes > bytesMax) {
        throw new LorikeetException(
            tooLarge,
            "`%s` must have at most %d bytes. Given: %d"
                .formatted(file.getFileName(), bytesMax, bytes));
      }
      MemorySegment copy = Arena.ofAuto().allocate(bytes, Long.BYTES);
      for (long done = 0; done < bytes; ) {
        int read = channel.read(chunk(copy, done), done);
        if (read < 0) {
          throw new IOException("`" + file.getFileName() + "` became shorter while it was copied");
        }
        done += read;
      }
      if (channel.read(ByteBuffer.allocate(1), bytes) > 0) {
        throw new IOException("`" + file.getFileName() + "` became longer while it was copied");
      }
      return copy;
    }
  }

  private static GenerationId generation(MemorySegment config, MemorySegment weights) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      // The length first: otherwise bytes could move from one file to the other unseen.
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, config.byteSize()));
      update(digest, config);
      update(digest, weights);
      return new GenerationId(HexFormat.of().formatHex(digest.digest()));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static void update(MessageDigest digest, MemorySegment bytes) {
    for (long done = 0; done < bytes.byteSize(); done += CHUNK_BYTES) {
      digest.update(chunk(bytes, done));
    }
  }

  private static ByteBuffer chunk(MemorySegment bytes, long begin) {
    return bytes.asSlice(begin, Math.min(CHUNK_BYTES, bytes.byteSize() - begin)).asByteBuffer();
  }
}
