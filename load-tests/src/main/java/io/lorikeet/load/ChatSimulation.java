package io.lorikeet.load;

/** Chats with many adapters over {@code POST /v1/chat/completions}. */
public final class ChatSimulation extends StreamSimulation {
  public ChatSimulation() {
    super(Dialect.CHAT, "/v1/chat/completions");
  }
}
