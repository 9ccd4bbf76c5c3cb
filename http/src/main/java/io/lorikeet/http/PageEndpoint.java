package io.lorikeet.http;

import io.lorikeet.http.access.Guard;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.exchange.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.util.ByteString;

/** The files of the class path folder {@code page/}, below {@code /}. */
final class PageEndpoint implements Endpoint {
  /** LoRAX's path of a page about the API. */
  static final String DOCS = "/docs";

  private static final Pattern NAME = Pattern.compile("/[a-z0-9_-]+\\.([a-z0-9]+)");
  private static final Map<String, ContentType> TYPES =
      Map.of(
          "html", ContentTypes.TEXT_HTML_UTF8,
          "css", ContentTypes.parse("text/css; charset=UTF-8"),
          "js", ContentTypes.parse("text/javascript; charset=UTF-8"),
          "svg", ContentTypes.parse("image/svg+xml"),
          "png", ContentTypes.parse("image/png"),
          "ico", ContentTypes.parse("image/x-icon"),
          "json", ContentTypes.APPLICATION_JSON);

  // Holds files that are there only, so it cannot grow by what clients ask for.
  private final Map<String, ByteString> files = new ConcurrentHashMap<>();

  /** Whether a path names a file of the page. */
  boolean has(String path) {
    return file(path).isPresent();
  }

  @Override
  public Guard guard() {
    return Guard.OPEN;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    String path =
        switch (call.path()) {
          case "/" -> "/index.html";
          case DOCS -> DOCS + ".html";
          default -> call.path();
        };
    HttpResponse response =
        file(path)
            .map(bytes ->
                HttpResponse.create()
                    .withEntity(HttpEntities.create(type(path).orElseThrow(), bytes))
                    .addHeader(RawHeader.create("Cache-Control", "no-cache"))
                    .addHeader(RawHeader.create("X-Content-Type-Options", "nosniff")))
            .orElseGet(() -> Family.LORAX.reply(Problem.noSuchPath(path)));
    return CompletableFuture.completedStage(response);
  }

  private Optional<ByteString> file(String path) {
    if (type(path).isEmpty()) {
      return Optional.empty();
    }
    ByteString known = files.get(path);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<ByteString> read = read(path);
    read.ifPresent(bytes -> files.put(path, bytes));
    return read;
  }

  private static Optional<ContentType> type(String path) {
    var name = NAME.matcher(path);
    return name.matches() ? Optional.ofNullable(TYPES.get(name.group(1))) : Optional.empty();
  }

  private static Optional<ByteString> read(String path) {
    try (InputStream in = PageEndpoint.class.getResourceAsStream("/page" + path)) {
      return in == null
          ? Optional.empty()
          : Optional.of(ByteString.fromArrayUnsafe(in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
