package io.lorikeet.actors;

import io.lorikeet.engine.text.TokenSpans;
import io.lorikeet.engine.text.Tokenizer;
import io.lorikeet.engine.text.template.ChatText;
import io.lorikeet.engine.text.template.Origin;
import java.util.function.Function;

/** Writes chats as it is told, all of it the template's own words. */
record FixedChats(Function<Prompt.Chat, String> texts, Tokenizer tokenizer)
    implements ChatRenderer {
  /** Writes every chat alike. */
  FixedChats(String text, Tokenizer tokenizer) {
    this(_ -> text, tokenizer);
  }

  @Override
  public ChatText write(Prompt.Chat chat) {
    return new ChatText(texts.apply(chat), Origin.TEMPLATE);
  }

  @Override
  public TokenSpans encode(ChatText text, boolean addSpecialTokens) {
    return tokenizer.encodeWithSpans(text.text(), addSpecialTokens);
  }
}
