package io.lorikeet.cli.inspect;

import io.lorikeet.engine.text.TextModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The texts that two forms of a model are compared on: prose, code and data, several scripts. */
final class Prompts {
  /** Tokens of a prompt that are used. */
  static final int TOKENS_MAX = 128;

  /**
   * One text as the model reads it.
   *
   * @param ids at least one, at most {@link #TOKENS_MAX} and the model's context
   */
  record Prompt(String name, int[] ids) {}

  private record Text(String name, String text) {}

  private Prompts() {}

  /**
   * All prompts as ids. Without a tokenizer the bytes of the text stand for them, modulo the
   * vocabulary: no text that the model knows, but the same one every time.
   *
   * @param contextMax positions that a sequence may have
   */
  static List<Prompt> of(Optional<TextModel> text, int vocab, int contextMax) {
    int most = Math.min(TOKENS_MAX, contextMax);
    List<Prompt> prompts = new ArrayList<>();
    for (Text source : texts()) {
      int[] ids =
          text.map(model -> model.tokenizer().encode(source.text, true))
              .orElseGet(() -> bytes(source.text));
      int count = Math.min(most, ids.length);
      int[] kept = new int[count];
      for (int i = 0; i < count; i++) {
        kept[i] = ids[i] % vocab; // a tokenizer may have more tokens than the model
      }
      if (count > 0) {
        prompts.add(new Prompt(source.name, kept));
      }
    }
    return prompts;
  }

  private static int[] bytes(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[bytes.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = bytes[i] & 0xff;
    }
    return ids;
  }

  private static List<Text> texts() {
    try (InputStream in = Prompts.class.getResourceAsStream("prompts.txt")) {
      if (in == null) {
        throw new IllegalStateException("prompts.txt is not beside the class");
      }
      List<Text> texts = new ArrayList<>();
      String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      for (String part : all.split("(?m)^# ", -1)) {
        int end = part.indexOf('\n');
        if (end > 0) {
          texts.add(new Text(part.substring(0, end), part.substring(end + 1).strip()));
        }
      }
      return texts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
