package io.lorikeet.cli;

import io.lorikeet.config.RequestSettings;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.text.template.ChatTemplate;
import io.lorikeet.engine.text.template.TemplateLimits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A chat template that an operator names. One of a model folder may be broken, for completions work
 * without it; whoever names this one wants it used, so a defect stops the start.
 */
final class ChatTemplateFile {
  private ChatTemplateFile() {}

  /**
   * Its text, which compiles.
   *
   * @throws IllegalArgumentException if there is no such file, it is too large, no UTF-8 text or no
   *     template; with the line where that is known
   */
  static String read(Path file, RequestSettings limits) {
    String source = text(file, bytes(file, limits.templateBytesMax()));
    TemplateLimits usual = TemplateLimits.DEFAULT;
    try {
      ChatTemplate.compile(
          source,
          new TemplateLimits(
              limits.templateBytesMax(),
              usual.steps(),
              usual.outputBytes(),
              usual.sourceDepth(),
              usual.renderDepth(),
              usual.valueDepth()));
    } catch (LorikeetException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
    return source;
  }

  private static byte[] bytes(Path file, int most) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      // One more than allowed shows a file that is too large without trusting its listed size.
      bytes = in.readNBytes(Math.addExact(most, 1));
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("there is no chat template at " + file, e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "the chat template %s can't be read: %s".formatted(file, e.getMessage()), e);
    }
    if (bytes.length > most) {
      throw new IllegalArgumentException(
          "the chat template %s must have at most %d bytes (`requests.template-bytes-max`). Given: more"
              .formatted(file, most));
    }
    return bytes;
  }

  private static String text(Path file, byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "the chat template %s is not UTF-8 text".formatted(file), e);
    }
  }
}
