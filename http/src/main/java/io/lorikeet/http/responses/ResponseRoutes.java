package io.lorikeet.http.responses;

import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Surface;
import java.util.Map;
import java.util.regex.Pattern;

/** The paths of responses over HTTP. */
public final class ResponseRoutes {
  public static final String PATH = "/v1/responses";

  private static final String GET = "GET";
  private static final String POST = "POST";
  private static final Pattern ONE = Pattern.compile(PATH + "/resp_[^/]+");

  private final Endpoint create;
  private final Endpoint inputTokens;
  private final Endpoint inputItems;
  private final StoredEndpoint stored;

  public ResponseRoutes(Surface surface, EngineRuns runs) {
    this.create = new CreateEndpoint(surface, runs);
    this.inputTokens = new InputTokensEndpoint(surface, runs);
    this.inputItems = new InputItemsEndpoint(runs);
    this.stored = new StoredEndpoint(surface.bodies(), runs);
  }

  /** Makes a response. */
  public Endpoint create() {
    return create;
  }

  /** What answers at a path below {@link #PATH}, by method. */
  public Map<String, Endpoint> below(String path) {
    if (path.equals(PATH + "/input_tokens")) {
      return Map.of(POST, inputTokens);
    }
    if (ONE.matcher(path).matches()) {
      return Map.of(GET, stored.get(), "DELETE", stored.delete());
    }
    if (ONE.matcher(path.replaceFirst("/cancel$", "")).matches()) {
      return Map.of(POST, stored.cancel());
    }
    if (ONE.matcher(path.replaceFirst("/input_items$", "")).matches()) {
      return Map.of(GET, inputItems);
    }
    return Map.of();
  }
}
