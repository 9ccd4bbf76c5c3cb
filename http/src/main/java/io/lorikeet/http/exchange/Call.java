package io.lorikeet.http.exchange;

import io.lorikeet.http.access.Caller;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.apache.pekko.Done;
import org.apache.pekko.http.javadsl.model.HttpRequest;

/**
 * One HTTP request on its way to its endpoint.
 *
 * @param id the request's name in headers and logs
 * @param caller who asks
 * @param startNanos when it arrived
 * @param gone completes when the client has gone before the response did, and at the latest with
 *     the connection
 */
public record Call(
    HttpRequest request, String id, Caller caller, long startNanos, CompletionStage<Done> gone) {
  public static final String ID_HEADER = "x-request-id";

  /** Where Anthropic's clients look for the id. */
  public static final String ANTHROPICS_ID_HEADER = "request-id";

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

  /** Takes the request in: its id is the client's where that is a plain short word. */
  public static Call of(HttpRequest request, CompletionStage<Done> gone, Ambient ambient) {
    String id =
        request
            .getHeader(ID_HEADER)
            .map(header -> header.value())
            .filter(value -> PLAIN.matcher(value).matches())
            .orElseGet(ambient.ids());
    return new Call(request, id, Caller.ANONYMOUS, ambient.nanos().getAsLong(), gone);
  }

  /** The same call, now that it is known who asks. */
  public Call by(Caller known) {
    return new Call(request, id, known, startNanos, gone);
  }

  /** Who asks: rights, shares and limits are theirs. */
  public String principal() {
    return caller.principal();
  }

  public String path() {
    return request.getUri().path();
  }
}
