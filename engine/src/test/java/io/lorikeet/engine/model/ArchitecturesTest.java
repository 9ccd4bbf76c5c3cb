package io.lorikeet.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.format.Fixtures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/architectures.md} says what the readers make of one config of each type. */
final class ArchitecturesTest {
  private static final Path PAGE =
      Path.of(System.getProperty("lorikeet.root"), "docs", "architectures.md");

  @Test
  void pageIsWhatTheReadersSay() throws IOException {
    String page = page();
    if (Boolean.getBoolean("lorikeet.write-docs")) {
      Files.writeString(PAGE, page);
    }
    assertEquals(page, Files.readString(PAGE));
  }

  private static String page() {
    Map<String, Path> examples = examples();
    assertEquals(ModelFolder.modelTypes(), List.copyOf(examples.keySet()));
    StringBuilder page =
        new StringBuilder(
            """
            # Architectures

            What the readers make of one configuration of each `model_type`; sizes and windows differ from model to model. Any other type is refused with `model_type_unsupported`, any other
            field or value with `model_field_unsupported`. The CPU executor runs them all.

            Compared with transformers in float32, base and adapters (`fixtures/models`): every type but smollm3, qwen3_moe and dbrx. Of these three, and of cohere with `use_qk_norm`, configurations and
            tensor names are compared with the published models; dbrx, base and adapters, is compared with a decoder in plain double arithmetic. Read by the published definition, without a case to compare with: falcon with `new_decoder_architecture` or without
            `parallel_attn`, gpt_neox without `use_parallel_residual`, stablelm with it.

            This page is made by `ArchitecturesTest`, which compares it with the readers. To write it anew:
            `./mvnw -q -pl engine -am test -Dtest=ArchitecturesTest -Dsurefire.failIfNoSpecifiedTests=false -Dlorikeet.write-docs=true`

            | `model_type` | example | norms | residual | attention | positions | feed-forward | factors | linear layers that adapters can change |
            |---|---|---|---|---|---|---|---|---|
            """);
    examples.forEach(
        (type, file) -> page.append(row(file, ModelFolder.spec((ObjectNode) Fixtures.json(file)))));
    page.append(
        """

        - Fused matrices (`qkv_proj`, `query_key_value`, `c_attn`, `gate_up_proj`) stay one linear layer, where they lie; an adapter changes them as one.
        - GPT-2 stores its linear layers as [in, out], and DBRX the down matrices of its experts: they are copied transposed at load, and the copies count as weights in the memory plan.
        - Beside these linear layers, adapters can change on every type what it has of biases, norms, embeddings, learned positions and head.
        - Adapters change experts one by one, under the names of the model's files, or in the fused weights of transformers 5 (`target_parameters`: `mlp.experts.gate_up_proj`, `mlp.experts.down_proj`, `mlp.gate.weight`). Those on experts of `dbrx` are refused by the names of their tensors.
        - Refused by name: `falcon` with ALiBi, `stablelm` and `phi` with `qk_layernorm`, `qwen2_moe` and `qwen3_moe` with dense layers, `dbrx` with an `attn_config.rope_theta` that contradicts its `rope_parameters`.
        """);
    return page.toString();
  }

  /** One published config per type, or one of the fixtures' models. */
  private static Map<String, Path> examples() {
    Map<String, Path> examples = new TreeMap<>();
    for (Path file : configs()) {
      ObjectNode config = (ObjectNode) Fixtures.json(file);
      String type = config.path("model_type").asText();
      if (ModelFolder.modelTypes().contains(type)) {
        examples.putIfAbsent(type, file);
      }
    }
    return examples;
  }

  private static List<Path> configs() {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> published = Files.list(Fixtures.path("configs"))) {
      published
          .filter(file -> file.toString().endsWith(".json"))
          .filter(file -> !file.toString().endsWith(".expected.json"))
          .filter(file -> !file.getFileName().toString().startsWith("refused-"))
          .sorted()
          .forEach(files::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (String model : Fixtures.folders(Fixtures.path("models"))) {
      files.add(Fixtures.path("models", model, "config.json"));
    }
    return files;
  }

  private static String row(Path file, DecoderSpec spec) {
    String name = file.getFileName().toString().replace(".json", "");
    String example =
        name.equals("config") ? "fixture " + file.getName(file.getNameCount() - 2) : name;
    return "| "
        + Stream.of(
                "`" + spec.modelType() + "`",
                example,
                spelled(spec.norm()),
                spelled(spec.residual()),
                attention(spec),
                positions(spec),
                feedForward(spec),
                factors(spec),
                modules(spec))
            .collect(Collectors.joining(" | "))
        + " |\n";
  }

  private static String attention(DecoderSpec spec) {
    List<String> parts = new ArrayList<>();
    DecoderSpec.Attention attention = spec.attention();
    if (attention.layout() != DecoderSpec.QkvLayout.SEPARATE) {
      parts.add("q, k, v " + spelled(attention.layout()));
    }
    if (attention.qkNorm() != DecoderSpec.QkNorm.NONE) {
      parts.add("q/k norm " + spelled(attention.qkNorm()));
    }
    if (attention.scale() != (float) (1 / Math.sqrt(spec.headDim()))) {
      parts.add("scale " + attention.scale());
    }
    if (attention.softCap() != 0) {
      parts.add("soft cap " + attention.softCap());
    }
    if (attention.clip() != 0) {
      parts.add("clipped at " + attention.clip());
    }
    long sliding = spec.layerSpecs().stream().filter(layer -> layer.window() > 0).count();
    if (sliding > 0) {
      parts.add("window in %d of %d layers".formatted(sliding, spec.layers()));
    }
    return parts.isEmpty() ? "plain" : String.join(", ", parts);
  }

  private static String positions(DecoderSpec spec) {
    DecoderSpec.Attention attention = spec.attention();
    if (attention.positions() != DecoderSpec.Positions.ROTARY) {
      return spelled(attention.positions());
    }
    String kinds =
        spec.ropes().stream()
            .map(rope -> rope.getClass().getSimpleName().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(" + "));
    String part =
        attention.rotaryDim() == spec.headDim()
            ? ""
            : ", %d of %d dimensions".formatted(attention.rotaryDim(), spec.headDim());
    return "rotary " + kinds + part + (attention.interleaved() ? ", neighbours" : "");
  }

  private static String feedForward(DecoderSpec spec) {
    List<String> parts = new ArrayList<>();
    spec.experts()
        .ifPresent(e ->
            parts.add(
                "%d of %d experts%s"
                    .formatted(
                        e.perToken(), e.count(), e.normalised() ? "" : ", weights as they are")));
    if (spec.mlp() != DecoderSpec.MlpKind.NONE) {
      parts.add((spec.experts().isPresent() ? "shared: " : "") + spelled(spec.mlp()));
    }
    parts.add(spelled(spec.activation()));
    return String.join(", ", parts);
  }

  private static String factors(DecoderSpec spec) {
    List<String> parts = new ArrayList<>();
    DecoderSpec.Scaling scaling = spec.scaling();
    factor(parts, "embedding", scaling.embedding(), 1);
    factor(parts, "residual", scaling.residual(), 1);
    factor(parts, "logits", scaling.logits(), 1);
    factor(parts, "logits cap", scaling.logitsCap(), 0);
    if (spec.embeddingNorm()) {
      parts.add("embedding norm");
    }
    if (spec.headBias()) {
      parts.add("head bias");
    }
    return parts.isEmpty() ? "-" : String.join(", ", parts);
  }

  private static void factor(List<String> parts, String name, float value, float none) {
    if (value != none) {
      parts.add(name + " " + value);
    }
  }

  private static String modules(DecoderSpec spec) {
    Stream<String> dense =
        spec.projections().stream()
            .map(projection -> spec.modules().path(0, projection))
            .map(path -> path.substring(spec.modules().layer(0).length()));
    return Stream.concat(dense, spec.modules().sparse().stream().flatMap(ArchitecturesTest::sparse))
        .collect(Collectors.joining(", "));
  }

  private static Stream<String> sparse(SparsePaths paths) {
    String block = paths.blocks().getFirst();
    Stream<String> experts =
        Stream.of(Projection.GATE, Projection.UP, Projection.DOWN)
            .filter(paths.experts()::containsKey)
            .map(projection -> paths.expert(block, 0, projection).replace(".0.", ".*."));
    Stream<String> gates =
        Stream.concat(
            Stream.of(paths.router(block)),
            paths.sharedGate().stream().map(gate -> block + "." + gate));
    return Stream.concat(gates, experts);
  }

  private static String spelled(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
