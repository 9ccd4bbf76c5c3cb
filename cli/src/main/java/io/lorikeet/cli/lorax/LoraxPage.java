package io.lorikeet.cli.lorax;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The flags in words, for {@code --help} and {@code docs/lorax-flags.md}. */
final class LoraxPage {
  private LoraxPage() {}

  /** What a flag does. */
  static String inWords(LoraxFlag flag) {
    return switch (flag.effect()) {
      case Effect.Sets sets ->
          "%s (%s)".formatted(sets.meaning(), String.join(", ", quoted(sets.keys())));
      case Effect.Chooses(String key, List<String> values, String meaning, String why) ->
          "%s: %s (`%s`). Others are refused: %s"
              .formatted(String.join(" or ", quoted(values)), meaning, key, why);
      case Effect.Switches(String key, String value, String meaning) ->
          "%s (`%s = %s`)".formatted(meaning, key, value);
      case Effect.Does(String meaning) -> meaning;
      case Effect.Nothing(String why) -> why;
      case Effect.Refused(String why, Set<String> neutral) -> unless(flag, neutral) + why;
    };
  }

  private static String unless(LoraxFlag flag, Set<String> neutral) {
    Set<String> values = new TreeSet<>(neutral);
    values.remove("");
    return values.isEmpty() || flag.kind() == LoraxFlag.Kind.SWITCH
        ? ""
        : "unless " + String.join(" or ", quoted(values)) + ": ";
  }

  private static Iterable<String> quoted(Iterable<String> words) {
    Set<String> quoted = new LinkedHashSet<>();
    words.forEach(word -> quoted.add("`" + word + "`"));
    return quoted;
  }

  /** Its row of the table. */
  static String row(LoraxFlag flag) {
    String there = flag.loraxDefault().isEmpty() ? "-" : "`" + flag.loraxDefault() + "`";
    return "| `%s` | %s | %s | %s |".formatted(flag.name(), there, verdict(flag), inWords(flag));
  }

  private static String verdict(LoraxFlag flag) {
    return switch (flag.effect()) {
      case Effect.Sets _, Effect.Chooses _, Effect.Switches _, Effect.Does _ -> "accepted";
      case Effect.Nothing _ -> "accepted, changes nothing";
      case Effect.Refused _ -> "refused";
    };
  }
}
