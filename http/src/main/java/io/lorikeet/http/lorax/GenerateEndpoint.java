package io.lorikeet.http.lorax;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Answer;
import io.lorikeet.actors.Ending;
import io.lorikeet.actors.Generation;
import io.lorikeet.actors.Prompt;
import io.lorikeet.actors.Target;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.SamplingDefaults;
import io.lorikeet.engine.sample.Penalties;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.sample.Withheld;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.exchange.Problem;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.generation.Collector;
import io.lorikeet.http.generation.EventStream;
import io.lorikeet.http.generation.Frames;
import io.lorikeet.http.generation.GenerationSource;
import io.lorikeet.http.generation.Ranking;
import io.lorikeet.http.json.Json;
import io.lorikeet.http.openai.SamplingFields;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.javadsl.Source;

/**
 * LoRAX's {@code POST /generate} and {@code POST /generate_stream}. A stream's refusals come with
 * status 200 and one error event, as LoRAX's clients expect; what is no request at all (no JSON,
 * wrong types) keeps its status.
 */
public final class GenerateEndpoint implements Endpoint {
  private static final String PREFIX = "data:";

  private enum Form {
    OBJECT,
    ARRAY,
    STREAM
  }

  private final Surface surface;
  private final Form form;
  private final boolean stream;

  private GenerateEndpoint(Surface surface, Form form) {
    this.surface = surface;
    this.form = form;
    this.stream = form == Form.STREAM;
  }

  public static Endpoint whole(Surface surface) {
    return new GenerateEndpoint(surface, Form.OBJECT);
  }

  public static GenerateEndpoint stream(Surface surface) {
    return new GenerateEndpoint(surface, Form.STREAM);
  }

  /** As {@link #whole}, with an array of one element around the reply. */
  static GenerateEndpoint array(Surface surface) {
    return new GenerateEndpoint(surface, Form.ARRAY);
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return surface.bodies().answer(call, object -> generate(call, object));
  }

  CompletionStage<HttpResponse> generate(Call call, ObjectNode body) {
    GenerateRequest request = GenerateRequest.read(body);
    Generation generation;
    try {
      GenerateChecks.check(request, surface.settings().requests(), inputMax(), stream);
      GenerateChecks.chat(request, surface.engine().model().hasChatTemplate());
      Target target = GenerateChecks.target(request, surface.settings().schedule().adaptersMax());
      generation = generation(call, target, request);
    } catch (LorikeetException e) {
      return CompletableFuture.completedStage(refuse(Family.LORAX.problem(e)));
    }
    return surface
        .engine()
        .generate(generation)
        .thenCompose(answer ->
            switch (answer) {
              case Answer.Rejected(var code, var message) ->
                  new LengthRefusal(surface, request)
                      .inLoraxsWords(call, Family.LORAX.problem(code, message))
                      .thenApply(this::refuse);
              case Answer.Accepted accepted -> reply(call, request, generation, accepted);
            });
  }

  private int inputMax() {
    return surface.settings().requests().promptTokens(surface.engine().model().contextMax());
  }

  private HttpResponse refuse(Problem problem) {
    if (!stream) {
      return Family.LORAX.reply(problem);
    }
    Frames frames = new Frames(PREFIX);
    frames.add(Family.LORAX.body(problem));
    return Replies.events(Source.single(frames.take()));
  }

  private Generation generation(Call call, Target target, GenerateRequest request) {
    boolean tokens = stream || request.details() || request.candidates() > 1;
    return new Generation(
        call.id(),
        call.principal(),
        target,
        List.of(prompt(request)),
        request.candidates(),
        request.maxNewTokens(),
        sampling(request, tokens ? request.alternatives().orElse(0) : -1),
        new Ending(
            request.stop(), true, List.of(), request.ignoreEos(), request.minTokens().orElse(0)),
        tokens,
        request.prefillDetails() && request.details() ? OptionalInt.of(0) : OptionalInt.empty(),
        Optional.empty());
  }

  private static Prompt prompt(GenerateRequest request) {
    Prompt whole = request.prompt();
    return request.truncate().isEmpty()
        ? whole
        : new Prompt.Last(whole, request.truncate().getAsInt());
  }

  private SamplingParams sampling(GenerateRequest request, int topLogprobs) {
    boolean sampled = request.sampled();
    SamplingFields extensions =
        new SamplingFields(
            request.parameters(),
            surface.settings().requests(),
            SamplingDefaults.NONE,
            surface.engine().model().vocabSize(),
            surface.ambient().seeds());
    float minP = extensions.minP();
    return new SamplingParams(
        sampled ? (float) request.temperature().orElse(1) : 0,
        sampled ? request.topK().orElse(0) : 0,
        sampled ? (float) request.topP().orElse(1) : 1,
        sampled ? minP : 0,
        sampled ? (float) request.typicalP().orElse(1) : 1,
        new Penalties(
            (float) request.repetitionPenalty().orElse(1),
            (float) request.frequencyPenalty().orElse(0),
            (float) request.presencePenalty().orElse(0)),
        extensions.bias(),
        Withheld.NONE,
        sampled ? seed(request) : 0,
        topLogprobs);
  }

  private long seed(GenerateRequest request) {
    return request
        .seed()
        .map(BigInteger::longValue)
        .orElseGet(surface.ambient().seeds()::getAsLong);
  }

  private CompletionStage<HttpResponse> reply(
      Call call, GenerateRequest request, Generation generation, Answer.Accepted accepted) {
    int promptTokens = accepted.prompts().getFirst().length;
    int left = surface.engine().model().contextMax() - promptTokens;
    GenerateWriter writer =
        new GenerateWriter(
            new GenerateForm(
                request.fullText() ? request.inputs() : "",
                request.details(),
                request.stop(),
                request.maxNewTokens().orElse(left),
                request.sampled() ? Optional.of(generation.sampling().seed()) : Optional.empty(),
                promptTokens));
    GenerateHeaders headers =
        new GenerateHeaders(surface, request.inputs(), accepted.answerer().names());
    if (stream) {
      return CompletableFuture.completedStage(
          headers.addTo(
              Replies.events(
                  EventStream.of(
                      accepted.request(),
                      call.gone(),
                      writer,
                      PREFIX,
                      surface.settings().server().keepAlive()))));
    }
    LongSupplier nanos = surface.ambient().nanos();
    long acceptedNanos = nanos.getAsLong();
    FirstToken first = new FirstToken(nanos);
    return Collector.collect(
            GenerationSource.of(accepted.request()).map(first::pass),
            request.candidates(),
            call.gone(),
            surface.engine().system())
        .thenApply(answer ->
            request.candidates() > 1
                ? answer.withChoices(Ranking.bestFirst(answer.choices()))
                : answer)
        .thenApply(answer -> {
          HttpResponse response = headers.addTo(Replies.json(200, body(writer.whole(answer))));
          long endNanos = nanos.getAsLong();
          return headers.addCounts(
              response,
              new GenerateHeaders.Times(
                  call.startNanos(), acceptedNanos, first.nanos().orElse(endNanos), endNanos),
              answer);
        });
  }

  private byte[] body(byte[] answer) {
    return form == Form.ARRAY ? Json.array(answer) : answer;
  }
}
