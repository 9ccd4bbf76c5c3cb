package io.lorikeet.http;

import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.exchange.Problem;
import org.apache.pekko.event.LoggingAdapter;
import org.apache.pekko.http.ParsingErrorHandler;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.scaladsl.model.ErrorInfo;
import org.apache.pekko.http.scaladsl.model.StatusCode;
import org.apache.pekko.http.scaladsl.settings.ServerSettings;

/**
 * Answers bytes that are no HTTP request. Nobody knows their path, so the form of the error is
 * OpenAI's everywhere. Pekko makes it from its name in {@code server.conf}.
 */
final class BrokenRequests extends ParsingErrorHandler {
  BrokenRequests() {}

  // The summary says what is wrong; only the detail, which is left out, shows what was sent.
  @Override
  public HttpResponse handle(
      StatusCode status, ErrorInfo error, LoggingAdapter log, ServerSettings settings) {
    log.warning("no request, answered with {}: {}", status.intValue(), error.summary());
    return Family.OPENAI.reply(Problem.noRequest(status.intValue(), error.summary()));
  }
}
