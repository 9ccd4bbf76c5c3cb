package io.lorikeet.actors;

import io.lorikeet.engine.sample.Withheld;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What ends an answer besides its greatest length.
 *
 * @param stop strings that end it
 * @param stopInText whether the text keeps the stop string that ended it (LoRAX does, OpenAI not)
 * @param stopTokenIds tokens that end it and leave no text
 * @param ignoreEos whether the model's end tokens do not end it
 * @param minTokens new tokens before which it does not end: end tokens are not drawn and stop
 *     strings not looked for
 */
public record Ending(
    List<String> stop,
    boolean stopInText,
    List<Integer> stopTokenIds,
    boolean ignoreEos,
    int minTokens) {
  /** The model's end tokens and nothing else. */
  public static final Ending PLAIN = new Ending(List.of(), false, List.of(), false, 0);

  public Ending {
    stop = List.copyOf(stop);
    stopTokenIds = List.copyOf(stopTokenIds);
  }

  /** Ends also at a stop string. */
  public static Ending at(String... stops) {
    return new Ending(List.of(stops), false, List.of(), false, 0);
  }

  /** All tokens that end it. */
  int[] tokens(List<Integer> ofTheModel) {
    IntStream own = stopTokenIds.stream().mapToInt(Integer::intValue);
    return ignoreEos
        ? own.distinct().toArray()
        : IntStream.concat(ofTheModel.stream().mapToInt(Integer::intValue), own)
            .distinct()
            .toArray();
  }

  /** What may not be drawn at first. */
  Withheld withheld(List<Integer> ofTheModel) {
    return minTokens == 0 ? Withheld.NONE : new Withheld(tokens(ofTheModel), minTokens);
  }
}
