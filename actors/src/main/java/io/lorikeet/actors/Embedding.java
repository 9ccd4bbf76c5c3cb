package io.lorikeet.actors;

import io.lorikeet.engine.schedule.Pooling;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One request for vectors of prompts, of any API. What is checked where is as with {@link
 * Generation}.
 *
 * @param requestId for logs and headers
 * @param principal who asks: rights and shares are theirs
 * @param prompts each gets a vector; at least one
 * @param pooling what a vector is made of; not NONE
 * @param timeout empty: the longest that a request may ask for
 */
public record Embedding(
    String requestId,
    String principal,
    Target target,
    List<Prompt> prompts,
    Pooling pooling,
    Optional<Duration> timeout) {
  public Embedding {
    prompts = List.copyOf(prompts);
    if (pooling == Pooling.NONE) {
      throw new IllegalArgumentException("`pooling` must not be NONE");
    }
  }
}
