package io.lorikeet.http.responses;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.json.Refused;
import io.lorikeet.http.responses.request.Shown;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.Query;
import org.apache.pekko.http.javadsl.model.Uri;

/** What the path and the query of a call ask for. */
final class Lookup {
  private final Query query;

  private Lookup(Query query) {
    this.query = query;
  }

  /** The query of a call. */
  static Lookup of(Call call) {
    return new Lookup(call.request().getUri().query(StandardCharsets.UTF_8, Uri.RELAXED));
  }

  /** The id in a path below {@link ResponseRoutes#PATH}. */
  static String id(Call call) {
    String below = call.path().substring(ResponseRoutes.PATH.length() + 1);
    int end = below.indexOf('/');
    return end < 0 ? below : below.substring(0, end);
  }

  static LorikeetException notFound(String id) {
    return new LorikeetException(
        ErrorCode.RESPONSE_NOT_FOUND, "there is no response `" + Shown.shortened(id) + "`");
  }

  Optional<String> text(String name) {
    return query.get(name);
  }

  /**
   * Refuses parameters that would be ignored.
   *
   * @throws LorikeetException PARAMETER_UNSUPPORTED
   */
  void refuse(String... names) {
    for (String name : List.of(names)) {
      if (text(name).filter(value -> !value.equals("false")).isPresent()) {
        throw Refused.unsupported(name, "leave it out");
      }
    }
  }
}
