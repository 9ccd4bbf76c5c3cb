package io.lorikeet.http.exchange;

import io.lorikeet.http.access.Guard;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * What answers the requests of one path and method. A {@link
 * io.lorikeet.engine.error.LorikeetException}, thrown or in the stage, becomes the error body of
 * the path's family.
 */
@FunctionalInterface
public interface Endpoint {
  CompletionStage<HttpResponse> answer(Call call);

  /** Who may ask. */
  default Guard guard() {
    return Guard.USER;
  }
}
