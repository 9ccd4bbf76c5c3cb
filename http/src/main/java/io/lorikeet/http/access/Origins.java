package io.lorikeet.http.access;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;

/**
 * Which web pages may open a WebSocket. Browsers let any page try, also where they would keep its
 * script from reading an answer, and say only from where it came.
 */
public final class Origins {
  private static final String ANY = "*";
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|.*\\.localhost|127(\\.\\d{1,3}){3}|\\[::1]");

  private final List<String> allowed;
  private final boolean thisMachineOnly;

  /**
   * @param allowed origins of pages that may, {@code *} for all, besides the server's own page
   * @param thisMachineOnly whether the server's own page can only come from this machine: a page
   *     elsewhere can let its own name stand for this machine
   */
  public Origins(List<String> allowed, boolean thisMachineOnly) {
    this.allowed = List.copyOf(allowed);
    this.thisMachineOnly = thisMachineOnly;
  }

  /** Whether a host, as settings and URLs name it, can only mean this machine. */
  public static boolean isThisMachine(String host) {
    String bracketed = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
    return LOOPBACK.matcher(bracketed.toLowerCase(Locale.ROOT)).matches();
  }

  /** Whether the request comes from a page that may, or from no page. */
  public boolean mayOpen(HttpRequest request) {
    List<String> origins = values(request, "origin");
    return switch (origins.size()) {
      case 0 -> true;
      case 1 -> mayOpen(origins.getFirst(), values(request, "host"));
      default -> false;
    };
  }

  private boolean mayOpen(String origin, List<String> hosts) {
    return allowed.contains(ANY)
        || allowed.contains(origin)
        || (hosts.size() == 1 && isOwn(origin, hosts.getFirst()));
  }

  private boolean isOwn(String origin, String host) {
    Optional<URI> page = uri(origin);
    Optional<URI> server = page.flatMap(from -> uri(from.getScheme() + "://" + host));
    return server.isPresent()
        && page.get().getHost().equalsIgnoreCase(server.get().getHost())
        && port(page.get()) == port(server.get())
        && (!thisMachineOnly || isThisMachine(page.get().getHost()));
  }

  private static Optional<URI> uri(String text) {
    try {
      URI uri = new URI(text);
      return uri.getScheme() == null || uri.getHost() == null ? Optional.empty() : Optional.of(uri);
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
  }

  private static List<String> values(HttpRequest request, String name) {
    return StreamSupport.stream(request.getHeaders().spliterator(), false)
        .filter(header -> header.is(name))
        .map(HttpHeader::value)
        .toList();
  }
}
