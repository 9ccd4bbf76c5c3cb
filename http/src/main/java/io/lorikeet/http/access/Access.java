package io.lorikeet.http.access;

import io.lorikeet.config.AccessSettings;
import io.lorikeet.config.KeyHash;
import io.lorikeet.config.PrincipalSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;

/**
 * Lets requests in. A key comes as {@code Authorization: Bearer KEY} or, as Anthropic's clients
 * send it, {@code x-api-key: KEY}, or, as a page must where it opens a WebSocket, as the
 * subprotocol {@code openai-insecure-api-key.KEY}. Thread-safe.
 */
public final class Access {
  /** What stands before the key in a subprotocol. */
  public static final String KEY_PROTOCOL = "openai-insecure-api-key.";

  private static final Pattern BEARER =
      Pattern.compile("bearer +([\\x21-\\x7e]+) *", Pattern.CASE_INSENSITIVE);
  private static final long NANOS_OF_SECOND = 1_000_000_000;

  private final List<PrincipalSettings> principals;
  private final Map<String, Rate> rates = new HashMap<>(); // guarded by itself

  public Access(AccessSettings settings) {
    principals = settings.principals();
  }

  /** Who asks, if they may. Counts against their rate what is not only a look. */
  public Entry enter(HttpRequest request, Guard guard, long nowNanos) {
    if (guard == Guard.OPEN || principals.isEmpty()) {
      return new Entry.Granted(Caller.ANONYMOUS);
    }
    Optional<String> key = key(request);
    if (key.isEmpty()) {
      return new Entry.Unknown("an API key must come as `Authorization: Bearer KEY`. Given: none");
    }
    Optional<PrincipalSettings> owner = owner(KeyHash.of(key.get()));
    if (owner.isEmpty()) {
      return new Entry.Unknown("the API key is not known");
    }
    Caller caller = Caller.of(owner.get());
    if (guard == Guard.ADMIN && !caller.isAdmin()) {
      return new Entry.Forbidden(
          "the key of `" + caller.principal() + "` must have the role admin for this");
    }
    boolean looks = request.method().name().equals("GET");
    return looks ? new Entry.Granted(caller) : count(caller, owner.get(), nowNanos);
  }

  /** Counts a request of somebody who was let in before, on a connection that they keep. */
  public Entry again(Caller caller, long nowNanos) {
    return caller
        .settings()
        .map(settings -> count(caller, settings, nowNanos))
        .orElseGet(() -> new Entry.Granted(caller));
  }

  // All hashes are compared, so that the time does not tell whose key nearly matched.
  private Optional<PrincipalSettings> owner(KeyHash given) {
    Optional<PrincipalSettings> owner = Optional.empty();
    for (PrincipalSettings principal : principals) {
      if (principal.key().matches(given)) {
        owner = Optional.of(principal);
      }
    }
    return owner;
  }

  private Entry count(Caller caller, PrincipalSettings settings, long nowNanos) {
    int perMinute = settings.requestsPerMinute();
    if (perMinute == 0) {
      return new Entry.Granted(caller);
    }
    long wait;
    synchronized (rates) {
      wait =
          rates
              .computeIfAbsent(caller.principal(), _ -> new Rate(perMinute, nowNanos))
              .take(nowNanos);
    }
    if (wait == 0) {
      return new Entry.Granted(caller);
    }
    return new Entry.TooMany(
        "`%s` may send %d requests per minute".formatted(caller.principal(), perMinute),
        (wait + NANOS_OF_SECOND - 1) / NANOS_OF_SECOND);
  }

  private static Optional<String> key(HttpRequest request) {
    Optional<String> bearer =
        request
            .getHeader("authorization")
            .map(HttpHeader::value)
            .map(BEARER::matcher)
            .filter(Matcher::matches)
            .map(match -> match.group(1));
    return bearer
        .or(() ->
            request.getHeader("x-api-key").map(HttpHeader::value).filter(key -> !key.isEmpty()))
        .or(() -> protocolKey(request));
  }

  private static Optional<String> protocolKey(HttpRequest request) {
    return request.getHeader("sec-websocket-protocol").map(HttpHeader::value).stream()
        .flatMap(protocols -> Stream.of(protocols.split(",")))
        .map(String::strip)
        .filter(protocol -> protocol.startsWith(KEY_PROTOCOL))
        .map(protocol -> protocol.substring(KEY_PROTOCOL.length()))
        .filter(key -> !key.isEmpty())
        .findFirst();
  }
}
