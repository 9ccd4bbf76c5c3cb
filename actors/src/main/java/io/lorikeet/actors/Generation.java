package io.lorikeet.actors;

import io.lorikeet.engine.sample.SamplingParams;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One request for text, of any API. The shape was checked by {@code http}; limits, names and the
 * prompt's length are checked by the request actor.
 *
 * @param requestId for logs and headers
 * @param principal who asks: rights and shares are theirs
 * @param choices answers that are wanted; choice i draws with seed + i
 * @param maxNewTokens empty: what the context leaves
 * @param tokenTexts whether each token's own text and log probabilities are wanted
 * @param timeout empty: none
 */
public record Generation(
    String requestId,
    String principal,
    Target target,
    Prompt prompt,
    int choices,
    OptionalInt maxNewTokens,
    SamplingParams sampling,
    Ending ending,
    boolean tokenTexts,
    Optional<Duration> timeout) {}
