package io.lorikeet.cli.lorax;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What a flag of LoRAX's launcher does here. */
sealed interface Effect {
  /**
   * Its value is that of settings.
   *
   * @param keys as in {@code reference.conf}
   */
  record Sets(List<String> keys, String meaning) implements Effect {
    Sets(String key, String meaning) {
      this(List.of(key), meaning);
    }

    public Sets {
      keys = List.copyOf(keys);
    }
  }

  /**
   * Its value is that of a setting, which has other values than the flag has there.
   *
   * @param values what is accepted
   * @param why the others are not
   */
  record Chooses(String key, List<String> values, String meaning, String why) implements Effect {
    public Chooses {
      values = List.copyOf(values);
    }
  }

  /** Where it stands, a setting has a value. */
  record Switches(String key, String value, String meaning) implements Effect {}

  /** The command itself does it. */
  record Does(String meaning) implements Effect {}

  /** It changes neither answers nor limits. */
  record Nothing(String why) implements Effect {}

  /**
   * It would change answers or limits, or promise what is not kept.
   *
   * @param neutral the values that change nothing, in small letters
   */
  record Refused(String why, Set<String> neutral) implements Effect {
    Refused(String why, String... neutral) {
      this(why, Set.of(neutral));
    }

    public Refused {
      neutral = Set.copyOf(neutral);
    }

    boolean accepts(String value) {
      return neutral.contains(value.toLowerCase(Locale.ROOT));
    }
  }
}
