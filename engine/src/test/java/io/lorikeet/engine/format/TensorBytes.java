package io.lorikeet.engine.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes safetensors files for tests. */
public final class TensorBytes {
  private final List<String> entries = new ArrayList<>();
  private ByteBuffer data = ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);

  /** Adds a tensor of F32, F16 or BF16, rounded from its values. */
  public TensorBytes add(String name, String dtype, long[] shape, float... values) {
    int elementBytes = dtype.equals("F32") ? 4 : 2;
    int begin = data.capacity();
    ByteBuffer grown =
        ByteBuffer.allocate(begin + values.length * elementBytes).order(ByteOrder.LITTLE_ENDIAN);
    grown.put(data.flip().limit(begin));
    for (float value : values) {
      switch (dtype) {
        case "F32" -> grown.putFloat(value);
        case "F16" -> grown.putShort(Float.floatToFloat16(value));
        default -> grown.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
      }
    }
    data = grown;
    entries.add(
        "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
            .formatted(name, dtype, Arrays.toString(shape), begin, data.capacity()));
    return this;
  }

  /** The whole file. */
  public byte[] bytes() {
    return file("{" + String.join(",", entries) + "}", data.array());
  }

  /** A file of any header and data. */
  public static byte[] file(String header, byte[] data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .put(data)
        .array();
  }
}
