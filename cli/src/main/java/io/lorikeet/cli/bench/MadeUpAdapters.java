package io.lorikeet.cli.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** PEFT folders with made-up LoRA weights on all seven projections of a layer, in BF16. */
final class MadeUpAdapters implements AutoCloseable {
  private static final String PROJECTIONS =
      "[\"q_proj\",\"k_proj\",\"v_proj\",\"o_proj\",\"gate_proj\",\"up_proj\",\"down_proj\"]";

  private final Path root;
  private final Shape shape;
  private final int adapters;
  private final int registered;
  private long bytes; // of one adapter, of the largest rank

  /** Writes {@code setting.adapters()} folders below a temporary one. */
  MadeUpAdapters(Setting setting) {
    shape = setting.shape();
    adapters = setting.adapters();
    registered = setting.registered();
    try {
      root = Files.createTempDirectory("lorikeet-bench");
      for (int i = 0; i < setting.adapters(); i++) {
        write(root.resolve(name(i)), setting.ranks().get(i % setting.ranks().size()), i);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bytes that the adapters of a setting take on the disk, headers aside. */
  static long bytes(Setting setting) {
    Shape shape = setting.shape();
    long kv = (long) shape.kvHeads() * shape.headDim();
    // inputs and outputs of q and o, of k and v, of gate and up, and of down
    long units =
        4L * shape.hidden()
            + 2 * (shape.hidden() + kv)
            + 3L * (shape.hidden() + shape.intermediate());
    long ranks = 0;
    for (int i = 0; i < setting.adapters(); i++) {
      ranks += setting.ranks().get(i % setting.ranks().size());
    }
    return units * shape.layers() * ranks * Short.BYTES;
  }

  static String name(int adapter) {
    return "adapter-" + adapter;
  }

  Path root() {
    return root;
  }

  /** Names that are registered beside the adapters: each stands for a folder of one of them. */
  Map<String, Path> others() {
    Map<String, Path> others = new HashMap<>();
    for (int i = adapters; i < registered; i++) {
      others.put(name(i), root.resolve(name(i % adapters)));
    }
    return others;
  }

  /** Bytes of the largest one. */
  long bytes() {
    return bytes;
  }

  private void write(Path folder, int rank, int seed) throws IOException {
    Files.createDirectory(folder);
    Files.writeString(
        folder.resolve("adapter_config.json"),
        "{\"peft_type\":\"LORA\",\"r\":%d,\"lora_alpha\":%d,\"target_modules\":%s}"
            .formatted(rank, rank, PROJECTIONS));
    Map<String, int[]> tensors = tensors(rank);
    try (FileChannel file =
        FileChannel.open(
            folder.resolve("adapter_model.safetensors"),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE)) {
      file.write(header(tensors));
      SplittableRandom random = new SplittableRandom(seed);
      for (int[] tensor : tensors.values()) {
        file.write(values(tensor[0] * tensor[1], tensor[1], random));
      }
      bytes = Math.max(bytes, file.position());
    }
  }

  private Map<String, int[]> tensors(int rank) {
    Map<String, int[]> tensors = new LinkedHashMap<>();
    int kv = shape.kvHeads() * shape.headDim();
    for (int layer = 0; layer < shape.layers(); layer++) {
      String prefix = "base_model.model.model.layers." + layer + ".";
      add(tensors, prefix + "self_attn.q_proj", shape.hidden(), shape.hidden(), rank);
      add(tensors, prefix + "self_attn.k_proj", kv, shape.hidden(), rank);
      add(tensors, prefix + "self_attn.v_proj", kv, shape.hidden(), rank);
      add(tensors, prefix + "self_attn.o_proj", shape.hidden(), shape.hidden(), rank);
      add(tensors, prefix + "mlp.gate_proj", shape.intermediate(), shape.hidden(), rank);
      add(tensors, prefix + "mlp.up_proj", shape.intermediate(), shape.hidden(), rank);
      add(tensors, prefix + "mlp.down_proj", shape.hidden(), shape.intermediate(), rank);
    }
    return tensors;
  }

  private static void add(Map<String, int[]> tensors, String module, int out, int in, int rank) {
    tensors.put(module + ".lora_A.weight", new int[] {rank, in});
    tensors.put(module + ".lora_B.weight", new int[] {out, rank});
  }

  // https://github.com/huggingface/safetensors#format: length, JSON, data
  private static ByteBuffer header(Map<String, int[]> tensors) {
    StringBuilder json = new StringBuilder("{");
    long offset = 0;
    for (Map.Entry<String, int[]> tensor : tensors.entrySet()) {
      int[] shape = tensor.getValue();
      long end = offset + 2L * shape[0] * shape[1];
      json.append(offset == 0 ? "" : ",")
          .append(
              "\"%s\":{\"dtype\":\"BF16\",\"shape\":[%d,%d],\"data_offsets\":[%d,%d]}"
                  .formatted(tensor.getKey(), shape[0], shape[1], offset, end));
      offset = end;
    }
    json.append("}").append(" ".repeat((8 - (json.length() + 1) % 8) % 8));
    byte[] text = json.toString().getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(8 + text.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .flip();
  }

  private static ByteBuffer values(int count, int columns, SplittableRandom random) {
    ByteBuffer values = ByteBuffer.allocate(2 * count).order(ByteOrder.LITTLE_ENDIAN);
    double scale = 0.1 / Math.sqrt(columns);
    for (int i = 0; i < count; i++) {
      float value = (float) ((2 * random.nextDouble() - 1) * scale);
      values.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
    }
    return values.flip();
  }

  @Override
  public void close() {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
