package io.lorikeet.engine.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;

/** Values as texts that are equal where the values mean the same, down to the bits. */
public final class Meaning {
  private Meaning() {}

  /** Of records of records, collections, arrays, memory, and what has a text of its own. */
  public static String of(Object value) {
    return switch (value) {
      case Optional<?> optional -> optional.map(Meaning::of).orElse("-");
      case Map<?, ?> map -> sorted(map.entrySet().stream().map(Meaning::entry).toList());
      case Set<?> set -> sorted(set.stream().map(Meaning::of).toList());
      case Collection<?> list -> list.stream().map(Meaning::of).toList().toString();
      case float[] floats -> "f" + crc(MemorySegment.ofArray(floats));
      case int[] ints -> Arrays.toString(ints);
      case double[] doubles -> Arrays.toString(doubles);
      case long[] longs -> Arrays.toString(longs);
      case MemorySegment memory -> memory.byteSize() + "#" + crc(memory);
      case Record record -> record(record);
      default -> other(value);
    };
  }

  /** As {@link #of}, short. */
  public static String hash(Object value) {
    return crc(MemorySegment.ofArray(of(value).getBytes(StandardCharsets.UTF_8)));
  }

  private static String entry(Map.Entry<?, ?> entry) {
    return of(entry.getKey()) + "=" + of(entry.getValue());
  }

  private static String sorted(Collection<String> texts) {
    List<String> sorted = new ArrayList<>(texts);
    sorted.sort(null);
    return sorted.toString();
  }

  private static String crc(MemorySegment memory) {
    CRC32C crc = new CRC32C();
    crc.update(memory.toArray(ValueLayout.JAVA_BYTE));
    return Long.toHexString(crc.getValue());
  }

  private static String record(Record record) {
    StringBuilder text = new StringBuilder(record.getClass().getSimpleName()).append('(');
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      try {
        component.getAccessor().setAccessible(true);
        text.append(component.getName())
            .append('=')
            .append(of(component.getAccessor().invoke(record)))
            .append(' ');
      } catch (ReflectiveOperationException e) {
        throw new LinkageError("a component of a record", e);
      }
    }
    return text.append(')').toString();
  }

  private static String other(Object value) {
    String text = value.toString();
    if (text.startsWith(value.getClass().getName() + "@")) {
      throw new AssertionError(value.getClass() + " has no text of its own");
    }
    return text;
  }
}
