package io.lorikeet.http.exchange;

import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.apache.pekko.Done;
import org.apache.pekko.http.javadsl.model.HttpRequest;

/**
 * One HTTP request on its way to its endpoint.
 *
 * @param id the request's name in headers and logs
 * @param principal who asks
 * @param startNanos when it arrived
 * @param gone completes when the client has gone before the response did, and at the latest with
 *     the connection
 */
public record Call(
    HttpRequest request, String id, String principal, long startNanos, CompletionStage<Done> gone) {
  /** Everybody, as long as no keys are configured. */
  public static final String ANONYMOUS = "anonymous";

  public static final String ID_HEADER = "x-request-id";

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

  /** Takes the request in: its id is the client's where that is a plain short word. */
  public static Call of(HttpRequest request, CompletionStage<Done> gone, Ambient ambient) {
    String id =
        request
            .getHeader(ID_HEADER)
            .map(header -> header.value())
            .filter(value -> PLAIN.matcher(value).matches())
            .orElseGet(ambient.ids());
    return new Call(request, id, ANONYMOUS, ambient.nanos().getAsLong(), gone);
  }

  public String path() {
    return request.getUri().path();
  }
}
