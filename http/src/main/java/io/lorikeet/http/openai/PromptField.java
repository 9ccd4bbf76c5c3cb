package io.lorikeet.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.actors.Prompt;
import io.lorikeet.http.json.Fields;
import java.util.ArrayList;
import java.util.List;

/** A field that holds a text, the ids of a text's tokens, or an array of one of both. */
public final class PromptField {
  private PromptField() {}

  /**
   * The prompts, at least one.
   *
   * @param name of the field, which is required
   * @param vocabSize token ids must be smaller
   * @param most prompts
   */
  public static List<Prompt> read(Fields fields, String name, int vocabSize, int most) {
    JsonNode prompt = fields.any(name).orElseThrow(() -> Fields.missing(name));
    if (prompt.isTextual()) {
      return List.of(new Prompt.Text(prompt.textValue()));
    }
    if (!prompt.isArray()) {
      throw Fields.wrongType(
          name, "a string, an array of token ids, or an array of such prompts", prompt);
    }
    Fields.require(!prompt.isEmpty(), name, "must not be empty", 0);
    if (!prompt.get(0).isTextual() && !prompt.get(0).isArray()) {
      return List.of(ids(name, prompt, vocabSize));
    }
    Fields.require(
        prompt.size() <= most, name, "must hold at most " + most + " prompts", prompt.size());
    List<Prompt> prompts = new ArrayList<>();
    for (JsonNode each : prompt) {
      String element = name + "[" + prompts.size() + "]";
      prompts.add(
          prompt.get(0).isTextual()
              ? new Prompt.Text(Fields.text(element, each))
              : ids(element, each, vocabSize));
    }
    return prompts;
  }

  private static Prompt ids(String name, JsonNode array, int vocabSize) {
    if (!array.isArray()) {
      throw Fields.wrongType(name, "an array of token ids", array);
    }
    Fields.require(!array.isEmpty(), name, "must not be empty", 0);
    int[] ids = new int[array.size()];
    for (int i = 0; i < ids.length; i++) {
      String element = name + "[" + i + "]";
      ids[i] = Fields.integer(element, array.get(i));
      Fields.require(
          ids[i] >= 0 && ids[i] < vocabSize, element, "must be >= 0 and < " + vocabSize, ids[i]);
    }
    return new Prompt.Ids(ids);
  }
}
