package io.lorikeet.actors;

import io.lorikeet.engine.sample.Withheld;
import io.lorikeet.engine.text.TextModel;
import io.lorikeet.engine.text.calls.CallMarks;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
 * @param marks special tokens that stay in the text, or end it, because calls are looked for in it
 */
public record Ending(
    List<String> stop,
    boolean stopInText,
    List<Integer> stopTokenIds,
    boolean ignoreEos,
    int minTokens,
    CallMarks marks) {
  /** The model's end tokens and nothing else. */
  public static final Ending PLAIN = new Ending(List.of(), false, List.of(), false, 0);

  public Ending {
    stop = List.copyOf(stop);
    stopTokenIds = List.copyOf(stopTokenIds);
  }

  /** Of an answer in which no calls are looked for. */
  public Ending(
      List<String> stop,
      boolean stopInText,
      List<Integer> stopTokenIds,
      boolean ignoreEos,
      int minTokens) {
    this(stop, stopInText, stopTokenIds, ignoreEos, minTokens, CallMarks.NONE);
  }

  /** The same with other marks. */
  public Ending withMarks(CallMarks others) {
    return new Ending(stop, stopInText, stopTokenIds, ignoreEos, minTokens, others);
  }

  /** Ends also at a stop string. */
  public static Ending at(String... stops) {
    return new Ending(List.of(stops), false, List.of(), false, 0);
  }

  /** The model's own end tokens, and the marks that end an answer as they do. */
  List<Integer> ofTheModel(List<Integer> endTokens, Optional<TextModel> text) {
    List<Integer> ends = new ArrayList<>(endTokens);
    text.ifPresent(
        t -> marks.ends().forEach(mark -> t.detokenizers().specialId(mark).ifPresent(ends::add)));
    return ends;
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
