package io.lorikeet.engine.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.engine.error.ErrorCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StopMatcherTest {
  @Test
  void goldenStopsEndTheStreamAtTheirToken() {
    Map<String, DetokenizerFactory> detokenizers = new HashMap<>();
    JsonNode cases = TextFixtures.detokenize("stops").get("cases");
    assertEquals(300, cases.size());
    for (JsonNode c : cases) {
      Detokenizer detokenizer =
          detokenizers
              .computeIfAbsent(c.get("tokenizer").textValue(), TextFixtures::detokenizerOf)
              .create(new int[0], true);
      Run run = run(detokenizer, TextFixtures.ids(c.get("ids")), strings(c.get("stop")));
      assertEquals(strings(c.get("pieces")), run.pieces, c::toString);
      assertEquals(c.get("flush").textValue(), run.flush, c::toString);
      String emitted = String.join("", run.pieces) + run.flush;
      assertEquals(c.get("emitted").textValue(), emitted, c::toString);
      assertEquals(
          c.get("emitted_with_stop").textValue(), emitted + run.matched.orElse(""), c::toString);
      assertEquals(Optional.ofNullable(c.get("matched").textValue()), run.matched, c::toString);
      if (run.matched.isPresent()) {
        assertEquals(c.get("stopped_at").intValue(), run.pieces.size() - 1, c::toString);
      } else {
        assertTrue(c.get("stopped_at").isNull(), c::toString);
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void resultIsThatOfTheWholeTextForAnySplit(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 3000; round++) {
      String text = word(random, random.nextInt(40));
      List<String> stops = new ArrayList<>();
      for (int i = random.nextInt(5); i > 0; i--) {
        stops.add(word(random, random.nextInt(1, 6)));
      }
      String message = "seed %d round %d %s in %s".formatted(seed, round, stops, text);
      Naive naive = naive(text, stops);

      StopMatcher matcher = new StopMatcher(stops);
      StringBuilder emitted = new StringBuilder();
      Optional<String> matched = Optional.empty();
      int at = 0;
      while (at < text.length() && matched.isEmpty()) {
        int to = Math.min(text.length(), at + random.nextInt(5));
        StopMatcher.Match match = matcher.push(text.substring(at, to));
        emitted.append(match.emit());
        matched = match.matched();
        at = to;
        if (matched.isEmpty()) {
          assertEquals(held(text.substring(0, at), stops), at - emitted.length(), message);
        } else {
          assertTrue(naive.end > at - 5 && naive.end <= at, message);
        }
      }
      if (matched.isEmpty()) {
        emitted.append(matcher.flush());
      }
      assertEquals(naive.text, emitted.toString(), message);
      assertEquals(naive.matched, matched, message);

      Collections.reverse(stops);
      assertEquals(matched, new StopMatcher(stops).push(text).matched(), message);
    }
  }

  @Test
  void ofStopsThatEndTogetherTheLongestDecides() {
    StopMatcher.Match match = new StopMatcher(List.of("c", "abc", "bc")).push("xabcx");
    assertEquals(new StopMatcher.Match("x", Optional.of("abc")), match);
  }

  @Test
  void possibleBeginningIsHeldBackUntilItIsNone() {
    StopMatcher matcher = new StopMatcher(List.of("</s>"));
    assertEquals("a", matcher.push("a</").emit());
    assertEquals("", matcher.push("s").emit());
    assertEquals("</s", matcher.push("<").emit());
    assertEquals("<", matcher.flush());
  }

  @Test
  void freshMatcherKnowsNothingOfTheOldText() {
    StopMatcher matcher = new StopMatcher(List.of("ab"));
    matcher.push("a");
    assertEquals(new StopMatcher.Match("b", Optional.empty()), matcher.fresh().push("b"));
    assertEquals(Optional.of("ab"), matcher.push("b").matched());
  }

  @Test
  void nothingIsTakenAfterTheEnd() {
    StopMatcher matched = new StopMatcher(List.of("a"));
    matched.push("a");
    assertThrows(IllegalStateException.class, () -> matched.push("b"));
    assertThrows(IllegalStateException.class, matched::flush);
  }

  @Test
  void stopsOfARequestAreBounded() {
    StopMatcher.check(List.of("ab", "🦜🦜"), 2, 2);
    TextFixtures.assertCode(
        ErrorCode.PARAMETER_OUT_OF_RANGE, () -> StopMatcher.check(List.of("a", "b", "c"), 2, 2));
    TextFixtures.assertCode(
        ErrorCode.PARAMETER_OUT_OF_RANGE, () -> StopMatcher.check(List.of("🦜🦜🦜"), 2, 2));
    TextFixtures.assertCode(ErrorCode.REQUEST_INVALID, () -> StopMatcher.check(List.of(""), 2, 2));
    TextFixtures.assertCode(
        ErrorCode.REQUEST_INVALID, () -> StopMatcher.check(List.of("\uD83E"), 2, 2));
  }

  @Test
  void emptyStopIsAProgrammersError() {
    assertThrows(IllegalArgumentException.class, () -> new StopMatcher(List.of("a", "")));
  }

  @Test
  void heldTextIsNeverLongerThanTheLongestBeginning() {
    StopMatcher matcher = new StopMatcher(List.of("aaaaaaab", "ba"));
    int pushed = 0;
    int emitted = 0;
    for (int i = 0; i < 10_000; i++) {
      emitted += matcher.push("aaa").emit().length();
      pushed += 3;
      assertTrue(pushed - emitted <= 7);
    }
  }

  private record Run(List<String> pieces, String flush, Optional<String> matched) {}

  private static Run run(Detokenizer detokenizer, int[] ids, List<String> stops) {
    StopMatcher matcher = new StopMatcher(stops);
    List<String> pieces = new ArrayList<>();
    for (int id : ids) {
      StopMatcher.Match match = matcher.push(detokenizer.push(id));
      pieces.add(match.emit());
      if (match.matched().isPresent()) {
        return new Run(pieces, "", match.matched());
      }
    }
    StopMatcher.Match last = matcher.push(detokenizer.flush());
    String flush = last.emit() + (last.matched().isPresent() ? "" : matcher.flush());
    return new Run(pieces, flush, last.matched());
  }

  /** Where the text ends; {@code end} counts the stop string in. */
  private record Naive(String text, Optional<String> matched, int end) {}

  private static Naive naive(String text, List<String> stops) {
    for (int end = 1; end <= text.length(); end++) {
      String longest = "";
      for (String stop : stops) {
        if (text.startsWith(stop, end - stop.length()) && stop.length() > longest.length()) {
          longest = stop;
        }
      }
      if (!longest.isEmpty()) {
        return new Naive(text.substring(0, end - longest.length()), Optional.of(longest), end);
      }
    }
    return new Naive(text, Optional.empty(), text.length());
  }

  private static int held(String text, List<String> stops) {
    int most = 0;
    for (String stop : stops) {
      for (int length = 1; length < stop.length(); length++) {
        if (text.endsWith(stop.substring(0, length))) {
          most = Math.max(most, length);
        }
      }
    }
    return most;
  }

  // Two letters, so that stop strings overlap with the text and with each other.
  private static String word(SplittableRandom random, int length) {
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < length; i++) {
      word.append(random.nextInt(3) == 0 ? 'b' : 'a');
    }
    return word.toString();
  }

  private static List<String> strings(JsonNode list) {
    return list.valueStream().map(JsonNode::textValue).toList();
  }
}
