package io.lorikeet.http.lorax;

import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.generation.Collected;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** The {@code x-} headers of LoRAX's replies. Times are whole milliseconds. */
record GenerateHeaders(Surface surface, String inputs, List<String> adapters) {
  /**
   * Moments of an answer in nanoseconds, in order.
   *
   * @param accepted the prompt was checked and the request waits for its turn
   * @param firstToken of whichever candidate was first
   */
  record Times(long start, long accepted, long firstToken, long end) {}

  /** What is known once the adapter is. */
  HttpResponse addTo(HttpResponse response) {
    List<HttpHeader> headers = new ArrayList<>();
    headers.add(header("x-compute-type", surface.engine().executor().backend()));
    headers.add(header("x-compute-characters", "" + inputs.codePointCount(0, inputs.length())));
    headers.add(header("x-model-id", encoded(surface.engine().model().name())));
    if (!adapters.isEmpty()) {
      headers.add(header("x-adapter-id", names()));
      headers.add(header("x-adapter-source", "local"));
    }
    return response.addHeaders(headers);
  }

  /** What is known at the end, of the answer that is given. */
  HttpResponse addCounts(HttpResponse response, Times times, Collected answer) {
    long generated = answer.choices().getFirst().completionTokens();
    long tokens = Math.max(1, generated);
    long totalNanos = times.end() - times.start();
    long inferenceNanos = times.end() - times.accepted();
    return response.addHeaders(
        List.of(
            header("x-prompt-tokens", "" + answer.promptTokens()),
            header("x-generated-tokens", "" + generated),
            header("x-skipped-tokens", "0"),
            header("x-total-tokens", "" + (answer.promptTokens() + generated)),
            header("x-total-time", millis(totalNanos)),
            header("x-compute-time", millis(totalNanos)),
            header("x-validation-time", millis(times.accepted() - times.start())),
            header("x-inference-time", millis(inferenceNanos)),
            header("x-time-per-token", millis(inferenceNanos / tokens)),
            header("x-time-to-first-token", millis(times.firstToken() - times.accepted())),
            header(
                "x-time-per-output-token", millis((times.end() - times.firstToken()) / tokens))));
  }

  private static String millis(long nanos) {
    return "" + TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  private String names() {
    return adapters.stream().map(GenerateHeaders::encoded).collect(Collectors.joining(","));
  }

  // Names may hold what a header must not.
  private static String encoded(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("%2F", "/").replace("%3A", ":");
  }

  private static HttpHeader header(String name, String value) {
    return RawHeader.create(name, value);
  }
}
