package io.lorikeet.engine.cpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.FileLimits;
import io.lorikeet.engine.format.SafetensorsFile;
import io.lorikeet.engine.format.TensorView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/** The golden runs of a model folder: what transformers and PEFT computed. */
public record Golden(List<String> adapters, List<Run> runs, List<Batch> batches) {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** An adapter of a run. */
  public record Part(String adapter, float weight) {}

  /**
   * One prompt with one adapter.
   *
   * @param parts empty for the base; one of weight 1 for an adapter; else a combination
   * @param combination its type, such as {@code cat}; empty where there is none
   * @param merged folder of the adapter that PEFT made of a combination; empty where there is none
   * @param logits {@code [positions, vocab]}
   */
  public record Run(
      String name,
      List<Part> parts,
      String combination,
      String merged,
      int[] prompt,
      List<Integer> tokens,
      int[] positions,
      float[][] logits) {
    public boolean base() {
      return parts.isEmpty();
    }
  }

  /** Runs that go through the engine together. */
  public record Batch(String name, List<String> runs) {}

  public static Golden read(Path folder) {
    JsonNode root = json(folder);
    SafetensorsFile tensors =
        SafetensorsFile.open(
            folder.resolve("golden.safetensors"),
            FileFamily.MODEL,
            FileLimits.DEFAULT,
            Arena.ofAuto());
    List<Run> runs = new ArrayList<>();
    root.get("runs").forEach(run -> runs.add(run(run, tensors)));
    List<Batch> batches = new ArrayList<>();
    root.get("batches")
        .forEach(b -> batches.add(new Batch(b.get("name").textValue(), texts(b.get("rows")))));
    List<String> adapters = new ArrayList<>();
    root.get("adapters").forEach(adapter -> adapters.add(adapter.get("name").textValue()));
    return new Golden(adapters, runs, batches);
  }

  /** {@code golden.json} of a folder. */
  static JsonNode json(Path folder) {
    try {
      return new ObjectMapper().readTree(folder.resolve("golden.json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static int[] ints(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).intValue()).toArray();
  }

  public Run run(String name) {
    return runs.stream().filter(r -> r.name().equals(name)).findFirst().orElseThrow();
  }

  private static Run run(JsonNode run, SafetensorsFile tensors) {
    int[] positions = ints(run.get("positions"));
    String logits = run.get("logits").textValue();
    return new Run(
        run.get("name").textValue(),
        parts(run.get("adapter")),
        run.path("combination").path("type").asText(""),
        run.path("combination").path("merged_adapter").asText(""),
        ints(run.get("prompt_ids")),
        IntStream.of(ints(run.get("greedy_ids"))).boxed().toList(),
        positions,
        rows(Objects.requireNonNull(tensors.tensors().get(logits), logits), positions.length));
  }

  private static List<Part> parts(JsonNode adapter) {
    if (adapter.isTextual()) {
      return List.of(new Part(adapter.textValue(), 1f));
    }
    List<Part> parts = new ArrayList<>();
    adapter.forEach(
        part -> parts.add(new Part(part.get("name").textValue(), part.get("weight").floatValue())));
    return parts;
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.textValue()));
    return texts;
  }

  private static float[][] rows(TensorView view, int count) {
    int width = (int) view.shape()[1];
    float[][] rows = new float[count][width];
    for (int r = 0; r < count; r++) {
      for (int c = 0; c < width; c++) {
        rows[r][c] = view.data().get(FLOAT, ((long) r * width + c) * Float.BYTES);
      }
    }
    return rows;
  }
}
