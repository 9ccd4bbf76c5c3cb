package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.regex.Pattern;

/**
 * Names of adapters, checked before any path is built from them: segments of letters, digits, dot,
 * dash and underscore, divided by single slashes. A colon is left free for {@code base:adapter}.
 */
public final class AdapterNames {
  private static final int CHARS_MAX = 200;
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*+(/[A-Za-z0-9_][A-Za-z0-9._-]*+)*+");

  private AdapterNames() {}

  /**
   * The name itself.
   *
   * @throws LorikeetException ADAPTER_NAME_INVALID
   */
  public static String check(String name) {
    if (name.length() > CHARS_MAX || !NAME.matcher(name).matches()) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_NAME_INVALID,
          "an adapter's name must have 1 to "
              + CHARS_MAX
              + " letters, digits, `.`, `-` or `_`, in segments divided by `/` that do not begin"
              + " with `.` or `-`. Given: "
              + printable(name));
    }
    return name;
  }

  private static String printable(String name) {
    StringBuilder text = new StringBuilder("`");
    name.codePoints()
        .limit(80)
        .map(c -> Character.isISOControl(c) ? '?' : c)
        .forEach(text::appendCodePoint);
    return text.append(name.length() > 80 ? "...`" : "`").toString();
  }
}
