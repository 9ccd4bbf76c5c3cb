package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns against what Python says; {@code patterns.py} beside the table makes it. */
final class ModulePatternTest {
  /** Patterns that Python takes and that are refused by name here. */
  private static final Set<String> UNSUPPORTED =
      Set.of("(?x) model .*", "a*+", "a++", "(a)\\1", "(?>a)b", "\\N{LATIN SMALL LETTER A}b");

  @Test
  void patternsMeanWhatPythonSays() throws IOException {
    JsonNode table = table();
    List<String> keys = new ArrayList<>();
    table.get("keys").forEach(key -> keys.add(key.textValue()));
    Set<String> unsupported = new TreeSet<>();
    int invalid = 0;
    for (JsonNode row : table.get("patterns")) {
      String text = row.get("pattern").textValue();
      try {
        ModulePattern pattern = compile(text);
        assertTrue(row.has("whole"), "Python refuses `" + text + "`");
        for (int i = 0; i < keys.size(); i++) {
          String what = "`" + text + "` on `" + keys.get(i) + "`";
          assertEquals(
              row.get("whole").textValue().charAt(i) == '1',
              pattern.matchesWhole(keys.get(i)),
              what);
          assertEquals(
              row.get("start").textValue().charAt(i) == '1',
              pattern.matchesStart(keys.get(i)),
              what);
        }
      } catch (LorikeetException e) {
        if (row.has("invalid")) {
          invalid++;
        } else {
          assertEquals(ErrorCode.ADAPTER_FIELD_UNSUPPORTED, e.code(), text);
          unsupported.add(text);
        }
      }
    }
    assertEquals(new TreeSet<>(UNSUPPORTED), unsupported);
    assertTrue(invalid > 50, "invalid patterns: " + invalid);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "((((((a{10000}){10000}){10000}){10000}){10000}){10000})",
        "(((((){10000}){10000}){10000}){10000})",
        "((((a?){10000}){10000}){10000})",
        "(?=(?=(?=.*){10000}){10000}){10000}",
        "((?=a{10000}){10000})",
        "a{10001}",
        "a{99999999999999999999}"
      })
  void patternsThatGrowWithoutBoundAreTooSlow(String text) {
    LorikeetException refusal = assertThrows(LorikeetException.class, () -> compile(text));
    assertEquals(ErrorCode.ADAPTER_PATTERN_TOO_SLOW, refusal.code(), refusal.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a*)*b",
        "(a|a)*b",
        "(.*.*.*.*.*)*b",
        "(a?){500}a{500}",
        "((a|aa|aaa)*)*$x",
        "(x+x+)+y|(a*)*b"
      })
  void patternsThatMakeOthersBacktrackEnd(String text) {
    PatternBudget budget = new PatternBudget(4096, 20_000_000);
    ModulePattern pattern = ModulePattern.compile("target_modules", text, budget);
    pattern.matchesWhole("a".repeat(400)); // Ends within the budget, or the budget throws.
    assertEquals(false, pattern.matchesWhole("a".repeat(400) + "!"));
  }

  @Test
  void lookaheadInLookaheadIsPaidForByTheStep() {
    StringBuilder text = new StringBuilder("x");
    for (int i = 0; i < 20; i++) {
      text = new StringBuilder("(?=.*").append(text).append(")*.*");
    }
    ModulePattern pattern =
        ModulePattern.compile(
            "target_modules", text.toString(), new PatternBudget(4096, 1_000_000));
    LorikeetException refusal =
        assertThrows(LorikeetException.class, () -> pattern.matchesWhole("a".repeat(200)));
    assertEquals(ErrorCode.ADAPTER_PATTERN_TOO_SLOW, refusal.code());
  }

  @Test
  void nestingIsBounded() {
    String most = "(".repeat(64) + "a" + ")".repeat(64);
    assertTrue(compile(most).matchesWhole("a"));
    LorikeetException refusal =
        assertThrows(LorikeetException.class, () -> compile("(" + most + ")"));
    assertEquals(ErrorCode.ADAPTER_PATTERN_TOO_SLOW, refusal.code());
    assertThrows(LorikeetException.class, () -> compile("(".repeat(4096)));
  }

  @Test
  void lengthAndStepsAreBounded() {
    PatternBudget budget = new PatternBudget(5, 1000);
    assertTrue(ModulePattern.compile("r", "aaaaa", budget).matchesWhole("aaaaa"));
    assertThrows(LorikeetException.class, () -> ModulePattern.compile("r", "aaaaaa", budget));
    ModulePattern pattern = ModulePattern.compile("r", ".*a", budget);
    assertThrows(LorikeetException.class, () -> pattern.matchesWhole("a".repeat(2000)));
  }

  @Test
  void anyTextCompilesOrIsRefused() {
    String alphabet = "ab.\\()[]{}^$|?*+-=!<>:P#,0123dwsxuNiZ ä";
    for (int seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(12); i >= 0; i--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        compile(text.toString()).matchesWhole("ab.ab");
      } catch (LorikeetException refused) {
        assertTrue(
            Set.of(
                    ErrorCode.ADAPTER_CONFIG_INVALID,
                    ErrorCode.ADAPTER_FIELD_UNSUPPORTED,
                    ErrorCode.ADAPTER_PATTERN_TOO_SLOW)
                .contains(refused.code()),
            "seed " + seed);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ": `" + text + "`", e);
      }
    }
  }

  @Test
  void numberStandsBehindTheSegmentThatThePatternFits() {
    String key = "model.layers.7.experts.3.w1";
    assertEquals(OptionalInt.of(7), compile("layers").numberAfter(key));
    assertEquals(OptionalInt.of(3), compile("experts").numberAfter(key));
    assertEquals(OptionalInt.of(7), compile("layers|experts").numberAfter(key));
    assertEquals(OptionalInt.of(7), compile("model.layers").numberAfter(key));
    assertEquals(OptionalInt.empty(), compile("ayers").numberAfter(key));
    assertEquals(OptionalInt.empty(), compile("h").numberAfter(key));
    assertEquals(OptionalInt.empty(), compile("layers").numberAfter("model.layers.7"));
    LorikeetException refusal =
        assertThrows(LorikeetException.class, () -> compile(".*").numberAfter(key));
    assertEquals(ErrorCode.ADAPTER_CONFIG_INVALID, refusal.code());
  }

  private static ModulePattern compile(String text) {
    return ModulePattern.compile("target_modules", text, new PatternBudget(4096, 20_000_000));
  }

  private static JsonNode table() throws IOException {
    try (InputStream in = ModulePatternTest.class.getResourceAsStream("patterns.json")) {
      return new JsonMapper().readTree(in);
    }
  }
}
