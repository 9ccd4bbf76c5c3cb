package io.lorikeet.http.json;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * A parameter that other servers have, that would change the answer, and that is not implemented:
 * accepted only with the value that changes nothing.
 *
 * @param neutral the values that change nothing
 * @param rule what a client may send instead
 */
public record Refused(String name, Predicate<JsonNode> neutral, String rule) {
  /** Only the field's absence is neutral. */
  public static Refused always(String name) {
    return new Refused(name, _ -> false, "leave it out");
  }

  public static Refused unless(String name, double neutral) {
    return new Refused(
        name,
        node -> node.isNumber() && node.doubleValue() == neutral,
        "leave it out or send " + (neutral == Math.rint(neutral) ? "" + (long) neutral : neutral));
  }

  public static Refused unless(String name, boolean neutral) {
    return new Refused(
        name,
        node -> node.isBoolean() && node.booleanValue() == neutral,
        "leave it out or send " + neutral);
  }

  public static Refused unless(String name, String... neutral) {
    List<String> words = List.of(neutral);
    return new Refused(
        name,
        node -> node.isTextual() && words.contains(node.textValue().toLowerCase(Locale.ROOT)),
        "leave it out or send \"" + String.join("\" or \"", words) + "\"");
  }

  /** Any text is neutral. */
  public static Refused unlessText(String name) {
    return new Refused(name, JsonNode::isTextual, "leave it out or send a string");
  }

  /** An empty array, object or string is neutral. */
  public static Refused unlessEmpty(String name) {
    return new Refused(
        name,
        node ->
            (node.isContainerNode() && node.isEmpty())
                || (node.isTextual() && node.textValue().isEmpty()),
        "leave it out or send an empty one");
  }

  /**
   * Refuses by name what a request asks for in vain.
   *
   * @throws LorikeetException PARAMETER_UNSUPPORTED
   */
  public static void check(Fields fields, List<Refused> refused) {
    for (Refused parameter : refused) {
      fields
          .any(parameter.name())
          .filter(parameter.neutral().negate())
          .ifPresent(_ -> {
            throw unsupported(fields.full(parameter.name()), parameter.rule());
          });
    }
  }

  /**
   * Refuses fields that nobody knows but that look like the choice of an adapter: to ignore them
   * would answer with the wrong model.
   *
   * @param known fields of that look that are read elsewhere
   * @throws LorikeetException PARAMETER_UNSUPPORTED
   */
  public static void checkAdapterLike(Fields fields, List<String> known) {
    for (String name : fields.names()) {
      String lower = name.toLowerCase(Locale.ROOT);
      if ((lower.contains("adapter") || lower.contains("lora")) && !known.contains(name)) {
        throw unsupported(name, "it would not choose an adapter here");
      }
    }
  }

  public static LorikeetException unsupported(String name, String rule) {
    return new LorikeetException(
        ErrorCode.PARAMETER_UNSUPPORTED, "`" + name + "` is not supported: " + rule);
  }
}
