package io.lorikeet.benchmarks.streams;

/**
 * A route that streams: how a number of tokens is asked for, and what ends an answer of so many.
 */
enum Route {
  chat("/v1/chat/completions", 3) {
    @Override
    String body(int tokens) {
      return """
      {"model": "%s", "stream": true, "max_tokens": %d, "ignore_eos": true, "seed": 1, "messages": [{"role": "user", "content": "Go on."}]}\
      """
          .formatted(StreamServer.MODEL, tokens);
    }

    @Override
    boolean isWhole(String tail, int tokens) {
      return tail.contains("\"finish_reason\":\"length\"") && tail.contains("data: [DONE]");
    }
  },
  completions("/v1/completions", 2) {
    @Override
    String body(int tokens) {
      return """
      {"model": "%s", "stream": true, "max_tokens": %d, "ignore_eos": true, "seed": 1, "prompt": "Go on."}\
      """
          .formatted(StreamServer.MODEL, tokens);
    }

    @Override
    boolean isWhole(String tail, int tokens) {
      return chat.isWhole(tail, tokens);
    }
  },
  generate("/generate_stream", 0) {
    @Override
    String body(int tokens) {
      return """
      {"inputs": "Go on.", "parameters": {"max_new_tokens": %d, "ignore_eos_token": true, "details": true}}\
      """
          .formatted(tokens);
    }

    @Override
    boolean isWhole(String tail, int tokens) {
      return tail.contains("\"finish_reason\":\"length\"")
          && tail.contains("\"generated_tokens\":" + tokens);
    }
  };

  final String path;
  final int otherEvents; // of an answer, those that hold no token

  Route(String path, int otherEvents) {
    this.path = path;
    this.otherEvents = otherEvents;
  }

  /** A request for so many tokens. */
  abstract String body(int tokens);

  /** Whether the end of an answer says that all its tokens came. */
  abstract boolean isWhole(String tail, int tokens);
}
