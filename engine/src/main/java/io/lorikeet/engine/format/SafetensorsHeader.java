package io.lorikeet.engine.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.LorikeetException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Checks a safetensors header entry by entry and cuts the data into views. */
final class SafetensorsHeader {
  private static final String METADATA = "__metadata__";
  private static final int RANK_MAX = 8;
  private static final int NAME_CHARS_MAX = 1024;

  private final String file;
  private final FileFamily family;
  private final FileLimits limits;

  SafetensorsHeader(String file, FileFamily family, FileLimits limits) {
    this.file = file;
    this.family = family;
    this.limits = limits;
  }

  private record Entry(String name, String storage, long[] shape, long begin, long end) {}

  Map<String, TensorView> read(byte[] header, MemorySegment data) {
    if (header[0] != '{') {
      throw corrupt("its header must begin with {");
    }
    ObjectNode root = StrictJson.readObject(header, limits.configDepthMax(), this::corrupt);
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (field.getKey().equals(METADATA)) {
        checkMetadata(field.getValue());
      } else {
        entries.add(entry(field.getKey(), field.getValue(), data.byteSize()));
      }
    }
    if (entries.size() > limits.tensorsMax()) {
      throw corrupt(
          "it must have at most " + limits.tensorsMax() + " tensors. Given: " + entries.size());
    }
    checkTiling(entries, data.byteSize());
    Map<String, TensorView> tensors = new LinkedHashMap<>();
    for (Entry e : entries) {
      tensors.put(
          e.name,
          new TensorView(e.name, e.storage, e.shape, data.asSlice(e.begin, e.end - e.begin)));
    }
    return tensors;
  }

  private void checkMetadata(JsonNode node) {
    if (!node.isObject() || node.properties().stream().anyMatch(e -> !e.getValue().isTextual())) {
      throw corrupt("`" + METADATA + "` must map strings to strings");
    }
  }

  private Entry entry(String name, JsonNode node, long dataBytes) {
    if (name.isEmpty()
        || name.length() > NAME_CHARS_MAX
        || name.chars().anyMatch(Character::isISOControl)) {
      throw corrupt("a tensor's name must have 1 to " + NAME_CHARS_MAX + " printable characters");
    }
    if (!node.isObject()
        || node.size() != 3
        || !node.has("dtype")
        || !node.has("shape")
        || !node.has("data_offsets")) {
      throw corrupt("`" + name + "` must have dtype, shape and data_offsets and nothing else");
    }
    String storage = node.get("dtype").asText();
    int elementBytes = elementBytes(name, node.get("dtype"));
    long[] shape = shape(name, node.get("shape"));
    JsonNode offsets = node.get("data_offsets");
    if (!offsets.isArray() || offsets.size() != 2) {
      throw corrupt("`data_offsets` of `" + name + "` must be two integers");
    }
    long begin = natural(name, "data_offsets", offsets.get(0));
    long end = natural(name, "data_offsets", offsets.get(1));
    if (begin > end || end > dataBytes) {
      throw corrupt(
          "`data_offsets` of `"
              + name
              + "` must ascend within "
              + dataBytes
              + " bytes. Given: "
              + begin
              + ", "
              + end);
    }
    long bytes = bytes(name, shape, elementBytes);
    if (end - begin != bytes) {
      throw corrupt(
          "`" + name + "` must have " + bytes + " bytes by its shape. Given: " + (end - begin));
    }
    return new Entry(name, storage, shape, begin, end);
  }

  private int elementBytes(String name, JsonNode dtype) {
    return switch (dtype.isTextual() ? dtype.textValue() : "") {
      case "F64", "I64" -> 8;
      case "F32", "I32" -> 4;
      case "F16", "BF16", "I16" -> 2;
      case "I8", "U8", "BOOL" -> 1;
      default -> throw corrupt("`dtype` of `" + name + "` is not known. Given: " + dtype);
    };
  }

  private long[] shape(String name, JsonNode node) {
    if (!node.isArray() || node.size() > RANK_MAX) {
      throw corrupt(
          "`shape` of `" + name + "` must be a list of at most " + RANK_MAX + " integers");
    }
    long[] shape = new long[node.size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = natural(name, "shape", node.get(i));
    }
    return shape;
  }

  private long natural(String name, String field, JsonNode node) {
    if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
      throw corrupt("`" + field + "` of `" + name + "` must hold integers >= 0. Given: " + node);
    }
    return node.longValue();
  }

  private long bytes(String name, long[] shape, int elementBytes) {
    try {
      long bytes = elementBytes;
      for (long dimension : shape) {
        bytes = Math.multiplyExact(bytes, dimension);
      }
      return bytes;
    } catch (ArithmeticException e) {
      throw corrupt("`shape` of `" + name + "` is larger than any file");
    }
  }

  /** The tensors tile the data: no hole that hides bytes, no overlap that aliases them. */
  private void checkTiling(List<Entry> entries, long dataBytes) {
    List<Entry> sorted = new ArrayList<>(entries);
    sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long position = 0;
    for (Entry e : sorted) {
      if (e.begin != position) {
        throw corrupt("`" + e.name + "` must begin at byte " + position + ". Given: " + e.begin);
      }
      position = e.end;
    }
    if (position != dataBytes) {
      throw corrupt("its tensors end at byte " + position + " and its data at " + dataBytes);
    }
  }

  private LorikeetException corrupt(String message) {
    return family.corrupt(file + ": " + message);
  }
}
