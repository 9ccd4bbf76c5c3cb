package io.lorikeet.engine.cpu;

import io.lorikeet.config.ScheduleSettings;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;

/** Main class: prints one number for all bits of small batches through the step loop. */
final class LoopDigest {
  private static final int SEEDS = 20;
  private static final int REQUESTS = 2;

  private LoopDigest() {}

  public static void main(String[] args) {
    System.out.println(digest());
  }

  static String digest() {
    CRC32C digest = new CRC32C();
    LoopWorkload workload = new LoopWorkload(new Random(5));
    try (LoopDriver driver =
        new LoopDriver(
            () -> LoopWorkload.open(2, 8, 16), ScheduleSettings.DEFAULTS, workload.images)) {
      for (long seed = 0; seed < SEEDS; seed++) {
        List<LoopRequest> requests = workload.requests(REQUESTS, 5, 2, new Random(seed));
        driver.run(requests).forEach(answer -> update(digest, answer));
      }
    }
    return Long.toHexString(digest.getValue());
  }

  private static void update(CRC32C digest, Answer answer) {
    answer.tokens().forEach(token -> update(digest, token));
    answer.logits().keySet().stream()
        .sorted()
        .forEach(position -> {
          for (float logit : answer.at(position)) {
            update(digest, Float.floatToRawIntBits(logit));
          }
        });
  }

  private static void update(CRC32C digest, int bits) {
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bits));
  }
}
