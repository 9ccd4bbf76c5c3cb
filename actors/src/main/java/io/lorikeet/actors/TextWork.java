package io.lorikeet.actors;

import io.lorikeet.actors.TextResult.Token;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.text.Detokenizer;
import io.lorikeet.engine.text.DetokenizerFactory;
import io.lorikeet.engine.text.TextModel;
import io.lorikeet.engine.text.TokenSpans;
import io.lorikeet.engine.text.template.ChatText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does {@link TextTask}s within the limits of prompts. */
record TextWork(Optional<TextModel> text, PromptReader prompts) {
  private static final Logger LOG = LoggerFactory.getLogger(TextWork.class);

  /** An actor that does one task, tells what came of it, and ends. */
  Behavior<Void> once(TextTask task, ActorRef<TextResult> asker) {
    return Behaviors.setup(_ -> {
      asker.tell(result(task));
      return Behaviors.stopped();
    });
  }

  private TextResult result(TextTask task) {
    try {
      return switch (task) {
        case TextTask.Encode(String given, boolean special) -> encode(given, special);
        case TextTask.EncodeChat(Prompt.Chat chat, boolean special) -> encode(chat, special);
        case TextTask.Decode(int[] ids) -> decode(ids);
        case TextTask.Render(Prompt.Chat chat) -> new TextResult.Text(prompts.render(chat).text());
      };
    } catch (LorikeetException e) {
      return TextResult.Rejected.of(e);
    } catch (RuntimeException e) {
      LOG.error("text work failed", e);
      return new TextResult.Rejected(ErrorCode.INTERNAL, "the text could not be worked on");
    }
  }

  private TextResult encode(Prompt.Chat chat, boolean addSpecialTokens) {
    ChatText text = prompts.render(chat);
    return tokens(text.text(), prompts.spans(text, addSpecialTokens));
  }

  private TextResult encode(String given, boolean addSpecialTokens) {
    return tokens(given, prompts.spans(given, addSpecialTokens));
  }

  private TextResult tokens(String given, TokenSpans spans) {
    DetokenizerFactory detokenizers = need().detokenizers();
    int[] places = places(given);
    List<Token> tokens = new ArrayList<>(spans.ids().length);
    for (int i = 0; i < spans.ids().length; i++) {
      int id = spans.ids()[i];
      int start = spans.starts()[i];
      int end = spans.ends()[i];
      tokens.add(
          new Token(
              id,
              detokenizers.entry(id),
              detokenizers.tokenText(id).bytes(),
              given.substring(places[start], places[end]),
              start,
              end));
    }
    return new TextResult.Tokens(tokens);
  }

  /** Where each code point begins, and where the last one ends. */
  private static int[] places(String given) {
    int[] places = new int[given.codePointCount(0, given.length()) + 1];
    for (int i = 1; i < places.length; i++) {
      places[i] = given.offsetByCodePoints(places[i - 1], 1);
    }
    return places;
  }

  private TextResult decode(int[] ids) {
    TextModel model = need();
    prompts.check(ids);
    Detokenizer detokenizer = model.detokenizers().create(new int[0], false);
    StringBuilder decoded = new StringBuilder();
    for (int id : ids) {
      decoded.append(detokenizer.push(id));
    }
    return new TextResult.Text(decoded.append(detokenizer.flush()).toString());
  }

  private TextModel need() {
    return text.orElseThrow(() ->
        new LorikeetException(
            ErrorCode.TOKENIZER_MISSING, "the model folder has no tokenizer.json"));
  }
}
