package io.lorikeet.engine.text;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.List;
import java.util.Optional;

/**
 * Finds stop strings in a text that comes in pieces. The earliest <em>end</em> of any stop string
 * decides, and of those that end there the longest: so the result depends neither on where pieces
 * begin nor on the order of the list. Text that may be the beginning of a stop string is held back.
 * For one stream and one thread; {@link #fresh()} makes another one for the same strings.
 */
public final class StopMatcher {
  private static final Match NOTHING = new Match("", Optional.empty());

  private final List<String> stops;
  // Of each stop: for every length of a matched beginning, the next shorter one that also fits.
  private final int[][] shorter;
  private final int[] matched;
  private final StringBuilder held = new StringBuilder();
  private boolean ended;

  /**
   * Text to give out, and the stop string if this piece completed one. The text then ends where the
   * stop string begins; a caller that includes it appends it.
   */
  public record Match(String emit, Optional<String> matched) {}

  /**
   * @param stops not empty strings; see {@link #check} for the limits of requests
   */
  public StopMatcher(List<String> stops) {
    this(List.copyOf(stops), tables(stops));
  }

  private StopMatcher(List<String> stops, int[][] shorter) {
    this.stops = stops;
    this.shorter = shorter;
    this.matched = new int[stops.size()];
  }

  /** A matcher for the same strings at the beginning of its text. */
  public StopMatcher fresh() {
    return new StopMatcher(stops, shorter);
  }

  /**
   * Checks the stop strings of a request.
   *
   * @param most how many there may be
   * @param longest characters (code points) of each
   * @throws LorikeetException PARAMETER_OUT_OF_RANGE over a limit; REQUEST_INVALID for an empty
   *     string or an unpaired surrogate
   */
  public static void check(List<String> stops, int most, int longest) {
    if (stops.size() > most) {
      throw new LorikeetException(
          ErrorCode.PARAMETER_OUT_OF_RANGE,
          "`stop` must have at most %d strings. Given: %d".formatted(most, stops.size()));
    }
    for (String stop : stops) {
      int characters = stop.codePointCount(0, stop.length());
      if (characters == 0) {
        throw new LorikeetException(
            ErrorCode.REQUEST_INVALID, "`stop` must not hold an empty string");
      }
      if (characters > longest) {
        throw new LorikeetException(
            ErrorCode.PARAMETER_OUT_OF_RANGE,
            "A string of `stop` must have at most %d characters. Given: %d"
                .formatted(longest, characters));
      }
      Surrogates.rejectUnpaired(stop);
    }
  }

  /**
   * Takes the text of the next token; the call whose result has a match names the token that
   * completed it. Text behind the stop string is dropped.
   *
   * @throws IllegalStateException after a match or {@link #flush()}
   */
  public Match push(String piece) {
    checkRunning();
    if (stops.isEmpty()) {
      return piece.isEmpty() ? NOTHING : new Match(piece, Optional.empty());
    }
    for (int i = 0; i < piece.length(); i++) {
      char c = piece.charAt(i);
      held.append(c);
      int longest = advance(c);
      if (longest >= 0) {
        ended = true;
        String stop = stops.get(longest);
        return new Match(held.substring(0, held.length() - stop.length()), Optional.of(stop));
      }
    }
    int keep = 0;
    for (int length : matched) {
      keep = Math.max(keep, length);
    }
    String emit = held.substring(0, held.length() - keep);
    held.delete(0, emit.length());
    return emit.isEmpty() ? NOTHING : new Match(emit, Optional.empty());
  }

  /** The text that was held back, when no more comes. */
  public String flush() {
    checkRunning();
    ended = true;
    return held.toString();
  }

  /** One more character: the index of the longest stop string that ends with it, or -1. */
  private int advance(char c) {
    int longest = -1;
    for (int s = 0; s < matched.length; s++) {
      String stop = stops.get(s);
      int length = matched[s];
      while (length > 0 && stop.charAt(length) != c) {
        length = shorter[s][length];
      }
      if (stop.charAt(length) == c) {
        length++;
      }
      matched[s] = length;
      if (length == stop.length() && (longest < 0 || length > stops.get(longest).length())) {
        longest = s;
      }
    }
    return longest;
  }

  private void checkRunning() {
    if (ended) {
      throw new IllegalStateException("the stop matcher has come to its end");
    }
  }

  private static int[][] tables(List<String> stops) {
    int[][] tables = new int[stops.size()][];
    for (int s = 0; s < tables.length; s++) {
      tables[s] = table(stops.get(s));
    }
    return tables;
  }

  /** Element n: length of the longest proper beginning of the first n characters that ends them. */
  private static int[] table(String stop) {
    if (stop.isEmpty()) {
      throw new IllegalArgumentException("a stop string must not be empty");
    }
    int[] table = new int[stop.length() + 1];
    int length = 0;
    for (int i = 1; i < stop.length(); i++) {
      while (length > 0 && stop.charAt(i) != stop.charAt(length)) {
        length = table[length];
      }
      if (stop.charAt(i) == stop.charAt(length)) {
        length++;
      }
      table[i + 1] = length;
    }
    return table;
  }
}
