package io.lorikeet.http.lorax;

import java.util.List;
import java.util.Optional;

/**
 * What the writer needs to know of a request.
 *
 * @param fullTextPrefix the inputs where the client wants them in front of the text, else empty
 * @param tokensMax new tokens after which the answer ends
 * @param seed of the first candidate; empty: the tokens are not drawn by chance
 * @param promptTokens tokens of the prompt
 */
record GenerateForm(
    String fullTextPrefix,
    boolean details,
    List<String> stop,
    int tokensMax,
    Optional<Long> seed,
    int promptTokens) {
  GenerateForm {
    stop = List.copyOf(stop);
  }
}
