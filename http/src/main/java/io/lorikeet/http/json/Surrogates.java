package io.lorikeet.http.json;

import com.fasterxml.jackson.databind.JsonNode;

/** Finds halves of surrogate pairs: JSON's escapes can say them, Unicode has no such characters. */
final class Surrogates {
  private Surrogates() {}

  /** Whether a name or a text anywhere in a value holds one. */
  static boolean unpaired(JsonNode node) {
    if (node.isTextual()) {
      return unpaired(node.textValue());
    }
    return node.propertyStream().anyMatch(field -> unpaired(field.getKey()))
        || node.valueStream().anyMatch(Surrogates::unpaired);
  }

  private static boolean unpaired(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        boolean pair =
            i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
        if (!pair) {
          return true;
        }
        i++;
      }
    }
    return false;
  }
}
