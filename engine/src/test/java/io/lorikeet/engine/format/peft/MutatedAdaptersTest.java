package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.LorikeetException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged files: refused with a code or read, never another exception. */
final class MutatedAdaptersTest {
  private static final int ROUNDS = 3000;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void damagedConfigIsReadOrRefused(long seed) {
    TestAdapter adapter =
        new TestAdapter()
            .set("rank_pattern", "{\"layers\\\\.0.*q_proj\": 2, \"v_proj\": 3}")
            .set("alpha_pattern", "{\"k_proj\": 1.5}")
            .set("exclude_modules", "\".*layers\\\\.1.*\"")
            .set("layers_to_transform", "[0, 1]")
            .set("layers_pattern", "\"layers\"")
            .set("use_rslora", "true");
    byte[] config = adapter.configBytes();
    byte[] weights = adapter.weightBytes();
    Random random = new Random(seed);
    int read = 0;
    for (int round = 0; round < ROUNDS; round++) {
      read += reads(damaged(config, config.length, random), weights, seed, round) ? 1 : 0;
    }
    assertTrue(read > 0 && read < ROUNDS, "read: " + read);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {4, 5, 6})
  void damagedWeightsAreReadOrRefused(long seed) {
    TestAdapter adapter = new TestAdapter();
    byte[] config = adapter.configBytes();
    byte[] weights = adapter.weightBytes();
    int header = new String(weights, StandardCharsets.ISO_8859_1).lastIndexOf('}') + 1;
    Random random = new Random(seed);
    int read = 0;
    for (int round = 0; round < ROUNDS; round++) {
      int reach = round % 4 == 0 ? weights.length : header;
      read += reads(config, damaged(weights, reach, random), seed, round) ? 1 : 0;
    }
    assertTrue(read > 0 && read < ROUNDS, "read: " + read);
  }

  private static boolean reads(byte[] config, byte[] weights, long seed, int round) {
    try {
      AdapterFolder.read(
          new AdapterArtifact(
              new GenerationId("test"),
              MemorySegment.ofArray(config),
              MemorySegment.ofArray(weights)),
          TestAdapter.LLAMA,
          warning -> {});
      return true;
    } catch (LorikeetException refused) {
      assertTrue(refused.code().wire().startsWith("adapter_"), refused.code()::wire);
      return false;
    } catch (RuntimeException | StackOverflowError e) {
      throw new AssertionError("seed " + seed + ", round " + round, e);
    }
  }

  /** A copy with one to three flipped, changed, lost or doubled bytes among the first. */
  private static byte[] damaged(byte[] bytes, int reach, Random random) {
    byte[] copy = bytes.clone();
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(Math.min(reach, copy.length));
      switch (random.nextInt(4)) {
        case 0 -> copy[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> copy[at] = (byte) "0123456789{}[]\",:.-eE\\*nt".charAt(random.nextInt(25));
        case 2 -> copy = spliced(copy, at, at + 1);
        default -> copy = spliced(copy, at, Math.max(0, at - random.nextInt(8)));
      }
    }
    return copy;
  }

  /** The bytes before {@code end}, then those from {@code begin} on. */
  private static byte[] spliced(byte[] bytes, int end, int begin) {
    byte[] result = new byte[end + bytes.length - begin];
    System.arraycopy(bytes, 0, result, 0, end);
    System.arraycopy(bytes, begin, result, end, bytes.length - begin);
    return result;
  }
}
