package io.lorikeet.http;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.access.Access;
import io.lorikeet.http.access.Caller;
import io.lorikeet.http.access.Cors;
import io.lorikeet.http.access.Entry;
import io.lorikeet.http.access.Guard;
import io.lorikeet.http.adapters.AdapterListEndpoint;
import io.lorikeet.http.adapters.ChangeEndpoint;
import io.lorikeet.http.adapters.LoraAdaptersEndpoint;
import io.lorikeet.http.anthropic.CountTokensEndpoint;
import io.lorikeet.http.anthropic.MessagesEndpoint;
import io.lorikeet.http.description.DescriptionEndpoint;
import io.lorikeet.http.embeddings.EmbedEndpoint;
import io.lorikeet.http.embeddings.EmbeddingsEndpoint;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.exchange.Problem;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.lorax.CompatEndpoint;
import io.lorikeet.http.lorax.GenerateEndpoint;
import io.lorikeet.http.lorax.HealthEndpoint;
import io.lorikeet.http.lorax.InfoEndpoint;
import io.lorikeet.http.lorax.StartupEndpoint;
import io.lorikeet.http.openai.GenerationEndpoint;
import io.lorikeet.http.openai.ModelsEndpoint;
import io.lorikeet.http.responses.EngineRuns;
import io.lorikeet.http.responses.ResponseRoutes;
import io.lorikeet.http.socket.SocketEndpoint;
import io.lorikeet.http.socket.Sockets;
import io.lorikeet.http.text.ApplyTemplateEndpoint;
import io.lorikeet.http.text.DetokenizeEndpoint;
import io.lorikeet.http.text.TokenizeEndpoint;
import io.lorikeet.http.text.VersionEndpoint;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every path of the server. Whatever goes wrong in an endpoint becomes the error body of the path's
 * family, and every response carries the request's id.
 */
final class Routes {
  private static final Logger LOG = LoggerFactory.getLogger(Routes.class);
  private static final String GET = "GET";
  private static final String POST = "POST";

  private final Surface surface;
  private final Access access;
  private final Cors cors;
  private final Map<String, Map<String, Endpoint>> endpoints; // by path, by method
  private final Endpoint models;
  private final ResponseRoutes responses;
  private final PageEndpoint page = new PageEndpoint();
  private final Endpoint health;
  private final Endpoint compat;

  Routes(Surface surface, String version, Sockets sockets) {
    this.surface = surface;
    this.access = new Access(surface.settings().access());
    this.cors = new Cors(surface.settings().access().corsOrigins());
    this.models = new ModelsEndpoint(surface);
    EngineRuns runs = new EngineRuns(surface);
    this.responses = new ResponseRoutes(surface, runs);
    this.health = new HealthEndpoint(surface);
    this.compat = new CompatEndpoint(surface);
    Endpoint description = new DescriptionEndpoint(version);
    this.endpoints =
        Map.ofEntries(
            entry("/v1/chat/completions", POST, GenerationEndpoint.chat(surface)),
            entry("/v1/completions", POST, GenerationEndpoint.completions(surface)),
            entry(EmbeddingsEndpoint.PATH, POST, new EmbeddingsEndpoint(surface)),
            entry("/embed", POST, new EmbedEndpoint(surface)),
            Map.entry(
                ResponseRoutes.PATH,
                Map.of(
                    POST,
                    responses.create(),
                    GET,
                    new SocketEndpoint(surface, runs, access, sockets))),
            entry(MessagesEndpoint.PATH, POST, new MessagesEndpoint(surface)),
            entry(CountTokensEndpoint.PATH, POST, new CountTokensEndpoint(surface)),
            entry(ModelsEndpoint.PATH, GET, models),
            entry(ChangeEndpoint.LOAD, POST, ChangeEndpoint.load(surface)),
            entry(ChangeEndpoint.UNLOAD, POST, ChangeEndpoint.unload(surface)),
            entry(AdapterListEndpoint.PATH, GET, new AdapterListEndpoint(surface)),
            entry("/generate", POST, GenerateEndpoint.whole(surface)),
            entry("/generate_stream", POST, GenerateEndpoint.stream(surface)),
            entry("/invocations", POST, compat),
            entry("/tokenize", POST, new TokenizeEndpoint(surface)),
            entry("/detokenize", POST, new DetokenizeEndpoint(surface)),
            entry("/apply-template", POST, new ApplyTemplateEndpoint(surface)),
            entry("/version", GET, new VersionEndpoint(version)),
            entry(DescriptionEndpoint.PATH, GET, description),
            entry(DescriptionEndpoint.LORAX_PATH, GET, description),
            entry(PageEndpoint.DOCS, GET, page),
            entry(LoraAdaptersEndpoint.PATH, GET, new LoraAdaptersEndpoint(surface)),
            entry("/health", GET, health),
            entry("/ping", GET, health),
            entry("/startup", GET, new StartupEndpoint(surface)),
            entry("/info", GET, new InfoEndpoint(surface, version)),
            entry("/metrics", GET, new MetricsEndpoint(surface, sockets)));
  }

  /** The paths that are served as they stand here; others are below them. */
  Set<String> paths() {
    return Set.copyOf(endpoints.keySet());
  }

  private static Map.Entry<String, Map<String, Endpoint>> entry(
      String path, String method, Endpoint endpoint) {
    return Map.entry(path, Map.of(method, endpoint));
  }

  /**
   * Answers any request; the stage never fails.
   *
   * @param gone as in {@link Call}
   */
  CompletionStage<HttpResponse> answer(HttpRequest request, CompletionStage<Done> gone) {
    Call call = Call.of(request, gone, surface.ambient());
    Optional<HttpResponse> preflight = cors.preflight(request);
    if (preflight.isPresent()) {
      return surface.bodies().discard(call).thenApply(_ -> preflight.get());
    }
    return answer(this::dispatch, call).thenApply(reply -> cors.share(request, named(call, reply)));
  }

  private static HttpResponse named(Call call, HttpResponse reply) {
    HttpResponse named = reply.addHeader(RawHeader.create(Call.ID_HEADER, call.id()));
    return Family.of(call.path()) == Family.ANTHROPIC
        ? named.addHeader(RawHeader.create(Call.ANTHROPICS_ID_HEADER, call.id()))
        : named;
  }

  private CompletionStage<HttpResponse> dispatch(Call call) {
    String method = call.request().method().name();
    Map<String, Endpoint> methods = methods(call);
    Endpoint endpoint = methods.get(method);
    Guard guard = endpoint == null ? Guard.USER : endpoint.guard();
    Entry entry = access.enter(call.request(), guard, surface.ambient().nanos().getAsLong());
    if (!(entry instanceof Entry.Granted(Caller caller))) {
      return logged(call, surface.bodies().discard(call).thenApply(_ -> refused(call, entry)));
    }
    if (endpoint == null) {
      return surface.bodies().discard(call).thenApply(_ -> nothing(call, methods));
    }
    Call known = call.by(caller);
    if (method.equals(POST)) {
      return logged(known, answer(endpoint, known));
    }
    CompletionStage<HttpResponse> response =
        surface.bodies().discard(call).thenCompose(_ -> answer(endpoint, known));
    return method.equals(GET) ? response : logged(known, response);
  }

  private static CompletionStage<HttpResponse> answer(Endpoint endpoint, Call call) {
    try {
      return endpoint.answer(call).exceptionally(failure -> failed(call, failure));
    } catch (RuntimeException e) {
      return CompletableFuture.completedStage(failed(call, e));
    }
  }

  // What makes or changes something and who was not let in; not every look: pages and dashboards
  // look many times a second.
  private static CompletionStage<HttpResponse> logged(
      Call call, CompletionStage<HttpResponse> response) {
    return response.thenApply(reply -> {
      LOG.info(
          "request {} of {}: {} {}",
          call.id(),
          call.principal(),
          call.path(),
          reply.status().intValue());
      return reply;
    });
  }

  private static HttpResponse refused(Call call, Entry entry) {
    Family family = Family.of(call.path());
    return switch (entry) {
      case Entry.Unknown(String message) ->
          family
              .reply(Problem.unknownKey(message).of(call))
              .addHeader(RawHeader.create("WWW-Authenticate", "Bearer"));
      case Entry.Forbidden(String message) -> family.reply(Problem.forbidden(message).of(call));
      case Entry.TooMany(String message, long seconds) ->
          family.reply(Problem.tooManyRequests(message).of(call), seconds);
      case Entry.Granted _ -> throw new IllegalStateException("nobody was refused");
    };
  }

  private Map<String, Endpoint> methods(Call call) {
    String path = call.path();
    if (path.equals("/")) {
      return Map.of(GET, acceptsHtml(call) ? page : health, POST, compat);
    }
    Map<String, Endpoint> known = endpoints.get(path);
    if (known != null) {
      return known;
    }
    if (path.startsWith(ModelsEndpoint.PATH + "/")) {
      return Map.of(GET, models);
    }
    Map<String, Endpoint> ofResponses = responses.below(path);
    if (!ofResponses.isEmpty()) {
      return ofResponses;
    }
    return page.has(path) ? Map.of(GET, page) : Map.of();
  }

  // LoRAX's GET / is a health check; browsers say that they want a page.
  private static boolean acceptsHtml(Call call) {
    Optional<String> accept = call.request().getHeader("accept").map(header -> header.value());
    return accept.filter(value -> value.contains("text/html")).isPresent();
  }

  private static HttpResponse nothing(Call call, Map<String, Endpoint> methods) {
    Family family = Family.of(call.path());
    if (methods.isEmpty()) {
      return family.reply(Problem.noSuchPath(call.path()).of(call));
    }
    String allowed = String.join(", ", new TreeSet<>(methods.keySet()));
    return family
        .reply(
            Problem.noSuchMethod(
                    call.request().method().name(), call.path(), allowed.replace(", ", " or "))
                .of(call))
        .addHeader(RawHeader.create("Allow", allowed));
  }

  private static HttpResponse failed(Call call, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    Family family = Family.of(call.path());
    if (cause instanceof LorikeetException e) {
      return family.reply(family.problem(e).of(call));
    }
    LOG.error("request {} to {} failed", call.id(), call.path(), cause);
    return family.reply(
        family
            .problem(
                ErrorCode.INTERNAL,
                "the server failed; its log says more under request " + call.id())
            .of(call));
  }
}
