package io.lorikeet.http.responses.request;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Ids of a response and of its items, all made from one key, so that an item leads to its response:
 * {@code resp_KEY}, {@code msg_KEY_i0} for what came in, {@code fc_KEY_o0} for what goes out.
 */
public final class ItemIds {
  private static final Pattern ITEM = Pattern.compile("(?:msg|fc|fco)_([A-Za-z0-9]+)_[io][0-9]+");

  private ItemIds() {}

  public static String response(String key) {
    return "resp_" + key;
  }

  static String in(String kind, String key, int number) {
    return kind + "_" + key + "_i" + number;
  }

  public static String out(String kind, String key, int number) {
    return kind + "_" + key + "_o" + number;
  }

  /** The response of an item that was named here. */
  public static Optional<String> responseOf(String item) {
    Matcher matcher = ITEM.matcher(item);
    return matcher.matches() ? Optional.of(response(matcher.group(1))) : Optional.empty();
  }
}
