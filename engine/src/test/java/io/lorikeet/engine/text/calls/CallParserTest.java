package io.lorikeet.engine.text.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What models write, and what is made of it, however it comes in pieces. */
class CallParserTest {
  private static final List<String> SCRAPS =
      List.of(
          "<tool_call>",
          "</tool_call>",
          "[TOOL_CALLS]",
          "[ARGS]",
          "[CALL_ID]",
          "<|python_tag|>",
          "{\"name\": \"add\", \"arguments\": {\"a\": [1, {\"b\": \"}\\\"\"}]}}",
          "{\"name\": \"add\", \"parameters\": {}}",
          "{\"arguments\": {\"a\": 1}, \"name\": \"add\"}",
          "{\"name\": \"add\", \"arguments\": \"{\\\"a\\\": \\u0031}\"}",
          "{\"name\": \"other\", \"arguments\": {}}",
          "{\"name\": \"add\"}",
          "{\"name\": ",
          "add{\"a\": 1}",
          "add",
          "[",
          "]",
          "{",
          "}",
          "\"",
          ";",
          ",",
          " ",
          "\n",
          "<",
          "Hello",
          "\ud83e\udd9c");

  /**
   * Files hold answers and what they become: {@code ===} stands before each, {@code ---} between.
   */
  static Stream<Arguments> golden() throws IOException {
    List<Arguments> cases = new ArrayList<>();
    for (CallFormat format : CallFormat.values()) {
      String file = format.name().toLowerCase(Locale.ROOT) + ".txt";
      try (InputStream in = CallParserTest.class.getResourceAsStream(file)) {
        if (in == null) {
          throw new AssertionError(file + " is missing");
        }
        String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        for (String one : Pattern.compile("^=== ", Pattern.MULTILINE).splitAsStream(all).toList()) {
          if (!one.isEmpty()) {
            int title = one.indexOf('\n');
            int middle = one.indexOf("\n---\n");
            cases.add(
                Arguments.of(
                    format,
                    one.substring(0, title),
                    one.substring(title + 1, middle),
                    one.substring(middle + 5, one.length() - 1)));
          }
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("golden")
  void answersBecomeTextAndCalls(CallFormat format, String title, String answer, String expected) {
    String lines = String.join("\n", Transcript.of(format, answer));

    assertEquals(expected, lines.replace("\\", "\\\\").replace("\t", "\\t"), title);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void anyCutGivesTheSame(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 1000; round++) {
      String answer = scraps(random, 1 + random.nextInt(12));
      CallRules rules =
          new CallRules(Set.of("add"), 1 + random.nextInt(3), 30 + random.nextInt(60));
      for (CallFormat format : CallFormat.values()) {
        List<String> whole = Transcript.of(format, rules, List.of(answer));
        assertEquals(
            whole,
            Transcript.of(format, rules, cut(answer, random)),
            format + ", seed " + seed + ": " + answer);
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {4, 5})
  void anAnswerWithoutCallsIsTextAsItWasWritten(long seed) {
    Random random = new Random(seed);
    int without = 0;
    for (int round = 0; round < 3000; round++) {
      String answer = scraps(random, 1 + random.nextInt(6));
      for (CallFormat format : CallFormat.values()) {
        List<String> lines = Transcript.of(format, answer);
        if (lines.stream().noneMatch(line -> line.startsWith("call "))) {
          without++;
          assertEquals(List.of("text " + answer), lines, format + ", seed " + seed + ": " + answer);
        }
      }
    }
    assertTrue(without > 1000, without + " answers without calls");
  }

  @Test
  void argumentsFlowAsTheyCome() {
    CallParser parser = CallFormat.HERMES.parser(Transcript.RULES);

    assertEquals(List.of(), parser.push("<tool_call>\n{\"name\": \"add\", \"argum"));
    assertEquals(
        List.of(new CallEvent.Begun(0, "add"), new CallEvent.Arguments(0, "{\"a\"")),
        parser.push("ents\": {\"a\""));
    assertEquals(List.of(new CallEvent.Arguments(0, ": 1")), parser.push(": 1"));
    assertEquals(
        List.of(new CallEvent.Arguments(0, "}"), new CallEvent.Ended(0, "add", "{\"a\": 1}")),
        parser.push("}"));
    assertEquals(List.of(), parser.push("}\n</tool_call>"));
    assertEquals(List.of(), parser.finish());
  }

  @Test
  void textFlowsUntilItMayBeAMark() {
    CallParser parser = CallFormat.HERMES.parser(Transcript.RULES);

    assertEquals(List.of(new CallEvent.Text("1")), parser.push("1 <"));
    assertEquals(List.of(new CallEvent.Text(" < 2 <tool,")), parser.push(" 2 <tool,"));
  }

  @Test
  void asManyCallsAsMayBeAreCallsAndTheRestStaysText() {
    String call = "<tool_call>{\"name\": \"add\", \"arguments\": {}}</tool_call>";
    CallRules two = new CallRules(Set.of("add"), 2, 400);

    assertEquals(
        List.of("call 0 add", "with {}", "call 1 add", "with {}"),
        Transcript.of(CallFormat.HERMES, two, List.of(call + call)));
    assertEquals(
        List.of("call 0 add", "with {}", "call 1 add", "with {}", "text " + call),
        Transcript.of(CallFormat.HERMES, two, List.of(call + call + call)));
  }

  @Test
  void aCallMayHaveAsManyCharactersAsAllowed() {
    String object = "{\"name\": \"add\", \"arguments\": {\"a\": 1}}";
    CallRules exact = new CallRules(Set.of("add"), 8, object.length());
    CallRules less = new CallRules(Set.of("add"), 8, object.length() - 3);
    String answer = "<tool_call>" + object + "</tool_call>";

    assertEquals(
        List.of("call 0 add", "with {\"a\": 1}"),
        Transcript.of(CallFormat.HERMES, exact, List.of(answer)));
    assertEquals(
        List.of("call 0 add", "with {\"a\": ", "text 1}}"),
        Transcript.of(CallFormat.HERMES, less, List.of(answer)));
    assertEquals(List.of("text " + object), Transcript.of(CallFormat.JSON, less, List.of(object)));
  }

  @Test
  void charactersOfTwoHalvesAreNeverCut() {
    CallParser parser = CallFormat.HERMES.parser(Transcript.RULES);
    parser.push("<tool_call>{\"name\": \"add\", \"arguments\": \"{\\ud83e");

    assertEquals(List.of(new CallEvent.Arguments(0, "\ud83e\udd9c")), parser.push("\\udd9c"));
    assertEquals(
        List.of("call 0 add", "with \ufffda\ufffd\ufffd"),
        Transcript.of(
            CallFormat.HERMES,
            "<tool_call>{\"name\": \"add\", \"arguments\": \"\\ud83ea\\udd9c\\ud83e\"}"));
    String object = "{\"name\": \"add\", \"arguments\": {\"a\": \"\ud83e\udd9c";
    CallRules half = new CallRules(Set.of("add"), 8, object.length() - 1);
    assertEquals(
        List.of("call 0 add", "with {\"a\": \"\ud83e\udd9c", "text \"}}"),
        Transcript.of(CallFormat.HERMES, half, List.of("<tool_call>" + object + "\"}}")));
    CallRules halfOfArguments = new CallRules(Set.of("add"), 8, 8);
    assertEquals(
        List.of("call 0 add", "with {\"a\": \"\ud83e\udd9c", "text \"}"),
        Transcript.of(
            CallFormat.MISTRAL,
            halfOfArguments,
            List.of("[TOOL_CALLS]add{\"a\": \"\ud83e\udd9c\"}")));
  }

  private static String scraps(Random random, int count) {
    return IntStream.range(0, count)
        .mapToObj(_ -> SCRAPS.get(random.nextInt(SCRAPS.size())))
        .collect(Collectors.joining());
  }

  private static List<String> cut(String text, Random random) {
    List<String> pieces = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int next = Math.min(text.length(), at + 1 + random.nextInt(8));
      pieces.add(text.substring(at, next));
      at = next;
    }
    return pieces;
  }
}
