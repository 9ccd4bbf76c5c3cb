package io.lorikeet.actors;

import io.lorikeet.engine.error.ErrorCode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;

/** What a request actor is asked for, and by whom. */
sealed interface Asked {
  String requestId();

  String principal();

  Target target();

  List<Prompt> prompts();

  Optional<Duration> timeout();

  /** Sequences that answer it. */
  int sequences();

  /** Tells the one who asked that nothing comes of it. */
  void reject(ErrorCode code, String message);

  /** Text; it flows to whoever attaches. */
  record ForText(Generation generation, ActorRef<Answer> asker) implements Asked {
    @Override
    public String requestId() {
      return generation.requestId();
    }

    @Override
    public String principal() {
      return generation.principal();
    }

    @Override
    public Target target() {
      return generation.target();
    }

    @Override
    public List<Prompt> prompts() {
      return generation.prompts();
    }

    @Override
    public Optional<Duration> timeout() {
      return generation.timeout();
    }

    @Override
    public int sequences() {
      return generation.sequences();
    }

    @Override
    public void reject(ErrorCode code, String message) {
      asker.tell(new Answer.Rejected(code, message));
    }
  }

  /**
   * Vectors; they come at once.
   *
   * @param timeoutMax that of a request which brings none
   */
  record ForVectors(Embedding embedding, Duration timeoutMax, ActorRef<EmbeddingResult> asker)
      implements Asked {
    @Override
    public String requestId() {
      return embedding.requestId();
    }

    @Override
    public String principal() {
      return embedding.principal();
    }

    @Override
    public Target target() {
      return embedding.target();
    }

    @Override
    public List<Prompt> prompts() {
      return embedding.prompts();
    }

    @Override
    public Optional<Duration> timeout() {
      return Optional.of(embedding.timeout().orElse(timeoutMax));
    }

    @Override
    public int sequences() {
      return embedding.prompts().size();
    }

    @Override
    public void reject(ErrorCode code, String message) {
      asker.tell(new EmbeddingResult.Rejected(code, message));
    }
  }
}
