package io.lorikeet.engine.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.kernels.DType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SafetensorsFileTest {
  private static final FileLimits LIMITS = new FileLimits(10_000, 3, 1000, 10);

  @Test
  void tensorsAreViewsOfTheirBytes() {
    Map<String, TensorView> tensors =
        read(
            new TensorBytes()
                .add("a", "F16", new long[] {1}, 1)
                .add("b", "F32", new long[] {2, 1}, 3, 4)
                .add("c", "BF16", new long[0], 5)
                .bytes());
    assertEquals(3, tensors.size());
    TensorView b = tensor(tensors, "b");
    assertTrue(b.hasShape(2, 1));
    assertEquals("[2, 1]", b.shapeText());
    assertEquals(Optional.of(DType.F32), b.dtype());
    assertEquals(4f, b.data().get(FLOAT, 4));
    assertTrue(tensor(tensors, "c").hasShape());
    assertEquals(2, tensor(tensors, "c").data().byteSize());
  }

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  @ParameterizedTest
  @CsvSource({
    "F64,8", "I64,8", "F32,4", "I32,4", "F16,2", "BF16,2", "I16,2", "I8,1", "U8,1", "BOOL,1"
  })
  void typesOfTheWhiteListAreReadWithTheirSize(String dtype, int bytes) {
    String header =
        "{\"t\":{\"dtype\":\"%s\",\"shape\":[3],\"data_offsets\":[0,%d]}}"
            .formatted(dtype, 3 * bytes);
    TensorView view = tensor(read(TensorBytes.file(header, new byte[3 * bytes])), "t");
    assertEquals(dtype, view.storage());
    assertEquals(
        dtype.equals("F32") || dtype.equals("F16") || dtype.equals("BF16"),
        view.dtype().isPresent());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"U16", "U32", "U64", "C64", "F8_E4M3", "F8_E8M0", "F4", "f32", "", "BF16 "})
  void otherTypesAreRefused(String dtype) {
    assertHeaderRefused(
        "{\"t\":{\"dtype\":\"%s\",\"shape\":[4],\"data_offsets\":[0,4]}}".formatted(dtype));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "1",
        " {}",
        "{",
        "{}}",
        "{} x",
        "{\"t\":1}",
        "{\"t\":{}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[4]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4],\"x\":1}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offset\":[0,4]}}",
        "{\"t\":{\"dtype\":8,\"shape\":[4],\"data_offsets\":[0,4]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":4,\"data_offsets\":[0,4]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[4.0],\"data_offsets\":[0,4]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[\"4\"],\"data_offsets\":[0,4]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[-4],\"data_offsets\":[0,4]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[1,1,1,1,1,1,1,1,4],\"data_offsets\":[0,4]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}",
        "{\"t\":{\"dtype\":\"F64\",\"shape\":[2305843009213693952],\"data_offsets\":[0,0]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4,4]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,5]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[0,4]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[4,0]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[-4,0]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,18446744073709551620]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[0,3]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[1,4]}}",
        "{\"\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
        "{\"a\\nb\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
        "{\"__metadata__\":[],\"t\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
        "{\"__metadata__\":{\"a\":1},\"t\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[0,2]},\"t\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[2,4]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[0,3]},\"u\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[1,4]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]},\"u\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
        "{\"t\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]},\"u\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[2,4]}}"
      })
  void brokenHeaderIsRefused(String header) {
    assertHeaderRefused(header);
  }

  @Test
  void spacesMetadataAndEmptyTensorsAreFine() {
    String header =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"e\":{\"dtype\":\"F32\",\"shape\":[0,5],\"data_offsets\":[2,2]},"
            + "\"t\":{\"shape\":[1,2],\"data_offsets\":[2,4],\"dtype\":\"I8\"},"
            + "\"s\":{\"dtype\":\"F16\",\"shape\":[],\"data_offsets\":[0,2]}}   ";
    Map<String, TensorView> tensors = read(TensorBytes.file(header, new byte[] {1, 2, 3, 4}));
    assertArrayEquals(
        new byte[] {3, 4}, tensor(tensors, "t").data().toArray(ValueLayout.JAVA_BYTE));
    assertEquals(0, tensor(tensors, "e").data().byteSize());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 3, 10_001, 1L << 31, 1L << 62, -1, Long.MIN_VALUE})
  void headerLengthIsComparedWithoutOverflow(long length) {
    ByteBuffer file = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(0, length).put(8, (byte) '{').put(9, (byte) '}');
    assertRefused(file.array());
  }

  @Test
  void headerPassesUpToItsLimit() {
    String header = "{}" + " ".repeat(9_998);
    assertEquals(Map.of(), read(TensorBytes.file(header, new byte[0])));
    assertRefused(TensorBytes.file(header + " ", new byte[0]));
  }

  @Test
  void tensorsPassUpToTheirNumber() {
    TensorBytes three =
        new TensorBytes()
            .add("a", "F32", new long[] {1}, 1)
            .add("b", "F32", new long[] {1}, 1)
            .add("c", "F32", new long[] {1}, 1);
    assertEquals(3, read(three.bytes()).size());
    assertRefused(three.add("d", "F32", new long[] {1}, 1).bytes());
  }

  @Test
  void namesPassUpToTheirLength() {
    assertEquals(
        1, read(new TensorBytes().add("x".repeat(1024), "F32", new long[] {1}, 1).bytes()).size());
    assertRefused(new TensorBytes().add("x".repeat(1025), "F32", new long[] {1}, 1).bytes());
  }

  @Test
  void headerThatIsNotUtf8IsRefused() {
    byte[] file = new TensorBytes().add("abc", "F32", new long[] {1}, 1).bytes();
    file[new String(file, StandardCharsets.ISO_8859_1).indexOf("abc")] = (byte) 0xff;
    assertRefused(file);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9})
  void fileWithoutRoomForAHeaderIsRefused(int bytes) {
    assertRefused(new byte[bytes]);
  }

  @Test
  void mappedFileReadsAsTheSameBytesInMemory(@TempDir Path temp) throws IOException {
    byte[] bytes = new TensorBytes().add("a", "F32", new long[] {2}, 1, 2).bytes();
    Path file = Files.write(temp.resolve("x.safetensors"), bytes);
    SafetensorsFile opened = SafetensorsFile.open(file, FileFamily.MODEL, LIMITS, Arena.ofAuto());
    assertEquals(
        -1, tensor(opened.tensors(), "a").data().mismatch(tensor(read(bytes), "a").data()));
  }

  @Test
  void theSameDefectHasACodeOfItsFamily() {
    for (FileFamily family : FileFamily.values()) {
      LorikeetException refusal =
          assertThrows(
              LorikeetException.class,
              () ->
                  SafetensorsFile.read(
                      Path.of("x"), MemorySegment.ofArray(new byte[3]), family, LIMITS));
      assertEquals(
          family == FileFamily.MODEL
              ? ErrorCode.MODEL_WEIGHTS_CORRUPT
              : ErrorCode.ADAPTER_WEIGHTS_CORRUPT,
          refusal.code());
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void damagedFileIsReadWithinItsBoundsOrRefused(long seed) {
    byte[] original =
        new TensorBytes()
            .add("first", "F16", new long[] {3}, 1, 2, 3)
            .add("second", "F32", new long[] {2, 2}, 1, 2, 3, 4)
            .bytes();
    Random random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] damaged = original.clone();
      for (int i = random.nextInt(3); i >= 0; i--) {
        damaged[random.nextInt(damaged.length)] =
            random.nextBoolean()
                ? (byte) random.nextInt(256)
                : (byte) "0123456789{}[]\",:-eE.".charAt(random.nextInt(21));
      }
      try {
        for (TensorView view : read(damaged).values()) {
          assertTrue(view.data().byteSize() <= damaged.length);
        }
      } catch (LorikeetException refused) {
        assertEquals(ErrorCode.MODEL_WEIGHTS_CORRUPT, refused.code());
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", round " + round, e);
      }
    }
  }

  private static TensorView tensor(Map<String, TensorView> tensors, String name) {
    return Optional.ofNullable(tensors.get(name)).orElseThrow();
  }

  private static Map<String, TensorView> read(byte[] file) {
    return SafetensorsFile.read(
            Path.of("test.safetensors"), MemorySegment.ofArray(file), FileFamily.MODEL, LIMITS)
        .tensors();
  }

  private static void assertHeaderRefused(String header) {
    assertRefused(TensorBytes.file(header, new byte[4]));
  }

  private static void assertRefused(byte[] file) {
    LorikeetException refusal = assertThrows(LorikeetException.class, () -> read(file));
    assertEquals(ErrorCode.MODEL_WEIGHTS_CORRUPT, refusal.code(), refusal.getMessage());
  }
}
