package io.lorikeet.engine.format;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.lorikeet.engine.error.LorikeetException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Rounds of hostile input, each from its own seed: more with {@code -Dlorikeet.soak=true}, one
 * again with {@code -Dlorikeet.seed=N}.
 */
public final class Fuzz {
  private static final boolean SOAK = Boolean.getBoolean("lorikeet.soak");
  private static final int SHOWN_MAX = 10;
  private static final int MESSAGE_CHARS_MAX = 2_000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Fuzz() {}

  /** Reads something; returns where it is accepted, throws {@link LorikeetException} where not. */
  public interface Round {
    void run(Random random, Story story) throws Exception;
  }

  /** What a round did, for messages. */
  public static final class Story {
    private String what = "";

    public void tell(String text) {
      what = text;
    }
  }

  /**
   * Runs all seeds: some are accepted, some refused with a code and a short message of one line,
   * and nothing else happens.
   *
   * @param seeds rounds of the usual run
   * @param bytesMax bytes that one round may allocate on the heap
   */
  public static void run(int seeds, long bytesMax, Round round) {
    Long only = Long.getLong("lorikeet.seed");
    long first = only == null ? 1 : only;
    long last = only == null ? (SOAK ? 10_000 : seeds) : only;
    List<String> failures = new ArrayList<>();
    Map<String, Integer> refusals = new TreeMap<>();
    long accepted = 0;
    for (long seed = first; seed <= last; seed++) {
      Story story = new Story();
      long before = THREADS.getCurrentThreadAllocatedBytes();
      try {
        round.run(new Random(seed * 0x9E3779B97F4A7C15L), story);
        accepted++;
      } catch (LorikeetException e) {
        refusals.merge(e.code().wire(), 1, Integer::sum);
        String fault = fault(String.valueOf(e.getMessage()));
        if (!fault.isEmpty()) {
          failures.add("seed " + seed + " (" + story.what + "): " + fault);
        }
      } catch (Exception | AssertionError | StackOverflowError | OutOfMemoryError e) {
        failures.add("seed " + seed + " (" + story.what + "): " + e + at(e));
      }
      long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
      if (bytes > bytesMax) {
        failures.add("seed " + seed + " (" + story.what + "): allocates " + bytes + " bytes");
      }
    }
    System.out.printf("accepted: %d, refused: %s%n", accepted, refusals);
    assertTrue(
        failures.isEmpty(),
        () ->
            failures.size()
                + " failures:\n"
                + String.join("\n", failures.subList(0, Math.min(SHOWN_MAX, failures.size()))));
    if (only == null) {
      assertTrue(accepted > 0 && !refusals.isEmpty(), "accepted: " + accepted);
    }
  }

  private static String at(Throwable e) {
    StringBuilder at = new StringBuilder();
    for (int i = 0; i < Math.min(4, e.getStackTrace().length); i++) {
      at.append("\n    at ").append(e.getStackTrace()[i]);
    }
    return at.toString();
  }

  private static String fault(String message) {
    if (message.isBlank() || message.length() > MESSAGE_CHARS_MAX + 3) {
      return "a message of " + message.length() + " characters: " + message.substring(0, 100);
    }
    return message.chars().anyMatch(Character::isISOControl)
        ? "a message with control characters: " + message
        : "";
  }
}
