package io.lorikeet.http.access;

import java.util.List;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/**
 * Cross-origin resource sharing: which pages' scripts may read answers. Credentials are never
 * allowed: keys are sent by the script itself.
 */
public final class Cors {
  private static final String ANY = "*";
  private static final String PREFLIGHT_SECONDS = "600";

  private final List<String> origins;

  /**
   * @param origins allowed ones, {@code *} for all; none: the headers are never sent
   */
  public Cors(List<String> origins) {
    this.origins = List.copyOf(origins);
  }

  /** The answer to a browser that asks before it sends, where its page may. */
  public Optional<HttpResponse> preflight(HttpRequest request) {
    Optional<HttpHeader> method = request.getHeader("access-control-request-method");
    if (!request.method().name().equals("OPTIONS")
        || method.isEmpty()
        || allowed(request).isEmpty()) {
      return Optional.empty();
    }
    HttpResponse response =
        HttpResponse.create()
            .withStatus(StatusCodes.NO_CONTENT)
            .addHeader(RawHeader.create("Access-Control-Allow-Methods", "GET, POST, DELETE"))
            .addHeader(
                RawHeader.create(
                    "Access-Control-Allow-Headers",
                    request
                        .getHeader("access-control-request-headers")
                        .map(HttpHeader::value)
                        .orElse("content-type")))
            .addHeader(RawHeader.create("Access-Control-Max-Age", PREFLIGHT_SECONDS));
    return Optional.of(share(request, response));
  }

  /** Lets the page of the request read the answer, where it may. */
  public HttpResponse share(HttpRequest request, HttpResponse response) {
    if (origins.isEmpty()) {
      return response;
    }
    HttpResponse varying =
        origins.contains(ANY) ? response : response.addHeader(RawHeader.create("Vary", "Origin"));
    return allowed(request)
        .map(origin ->
            varying
                .addHeader(RawHeader.create("Access-Control-Allow-Origin", origin))
                .addHeader(RawHeader.create("Access-Control-Expose-Headers", ANY)))
        .orElse(varying);
  }

  private Optional<String> allowed(HttpRequest request) {
    Optional<String> origin = request.getHeader("origin").map(HttpHeader::value);
    return origins.contains(ANY) ? origin.map(_ -> ANY) : origin.filter(origins::contains);
  }
}
