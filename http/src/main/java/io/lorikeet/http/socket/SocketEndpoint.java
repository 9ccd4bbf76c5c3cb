package io.lorikeet.http.socket;

import io.lorikeet.config.AccessSettings;
import io.lorikeet.config.Settings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.http.access.Access;
import io.lorikeet.http.access.Origins;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.exchange.Problem;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.responses.ResponseRuns;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code GET /v1/responses}, upgraded to a WebSocket. Who may not have one is told before. */
public final class SocketEndpoint implements Endpoint {
  public static final String PATH = "/v1/responses";

  private static final Logger LOG = LoggerFactory.getLogger(SocketEndpoint.class);
  private static final String VERSION = "13";
  // A browser fails a socket whose offers are all passed over.
  private static final List<String> PROTOCOLS = List.of("responses", "realtime");

  private final SocketParts parts;
  private final Origins origins;

  /**
   * @param access counts the requests on sockets as those that come alone
   */
  public SocketEndpoint(Surface surface, ResponseRuns runs, Access access, Sockets sockets) {
    Settings settings = surface.settings();
    this.parts =
        new SocketParts(
            runs, access, sockets, surface.ambient(), settings.socket(), settings.server().drain());
    this.origins = new Origins(settings.access().corsOrigins(), thisMachineOnly(settings));
  }

  // With keys a page has nothing to gain: it does not know them.
  private static boolean thisMachineOnly(Settings settings) {
    AccessSettings access = settings.access();
    return access.principals().isEmpty() && Origins.isThisMachine(settings.server().host());
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return CompletableFuture.completedStage(response(call));
  }

  private HttpResponse response(Call call) {
    HttpRequest request = call.request();
    if (!header(request, "upgrade").toLowerCase(Locale.ROOT).contains("websocket")) {
      return Family.OPENAI
          .reply(
              new Problem(
                  426,
                  "upgrade_required",
                  "GET " + call.path() + " opens a WebSocket; POST answers a single request",
                  Optional.empty()))
          .addHeader(RawHeader.create("Upgrade", "websocket"));
    }
    Optional<Upgrade> upgrade = Upgrade.of(request);
    if (upgrade.isEmpty()) {
      return badHandshake(request);
    }
    Optional<Problem> problem = refusal(call);
    if (problem.isPresent()) {
      LOG.info(
          "request {} of {}: {} {}",
          call.id(),
          call.principal(),
          call.path(),
          problem.get().status());
      return Family.OPENAI.reply(problem.get());
    }
    return upgrade.get().response(new SocketStage(parts, call), protocol(upgrade.get().offered()));
  }

  private static HttpResponse badHandshake(HttpRequest request) {
    if (!header(request, "sec-websocket-version").equals(VERSION)) {
      return Family.OPENAI
          .reply(
              new Problem(
                  426,
                  "upgrade_required",
                  "`Sec-WebSocket-Version` must be " + VERSION,
                  Optional.empty()))
          .addHeader(RawHeader.create("Upgrade", "websocket"))
          .addHeader(RawHeader.create("Sec-WebSocket-Version", VERSION));
    }
    return Family.OPENAI.reply(
        Problem.of(
            ErrorCode.REQUEST_INVALID,
            "the WebSocket handshake needs `Connection: Upgrade` and a `Sec-WebSocket-Key` of 16"
                + " bytes in Base64"));
  }

  private Optional<Problem> refusal(Call call) {
    if (!origins.mayOpen(call.request())) {
      return Optional.of(
          Problem.forbidden(
              "pages of this origin may not open a WebSocket; `access.cors-origins` allows them"));
    }
    return switch (parts.sockets().room(call.principal())) {
      case FREE -> Optional.empty();
      case FULL ->
          Optional.of(
              Problem.of(
                  ErrorCode.CONCURRENCY_LIMITED,
                  "`%s` may have %d sockets open"
                      .formatted(call.principal(), parts.settings().principalMax())));
      case STOPPING -> Optional.of(Problem.of(ErrorCode.SHUTTING_DOWN, "the server stops"));
    };
  }

  // The one with the key is said back only where nothing else was offered: answers are logged more
  // carelessly than requests.
  private static Optional<String> protocol(List<String> offered) {
    Optional<String> known = offered.stream().filter(PROTOCOLS::contains).findFirst();
    return known.isPresent()
        ? known
        : offered.stream().filter(name -> name.startsWith(Access.KEY_PROTOCOL)).findFirst();
  }

  private static String header(HttpRequest request, String name) {
    return request.getHeader(name).map(HttpHeader::value).orElse("");
  }
}
