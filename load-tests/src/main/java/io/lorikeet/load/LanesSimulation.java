package io.lorikeet.load;

import static io.gatling.javaapi.core.CoreDsl.bodyString;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.ws;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.gatling.javaapi.core.CheckBuilder;
import io.gatling.javaapi.core.ScenarioBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.HttpProtocolBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** Users who each open a WebSocket and read several answers at once, one in each lane. */
public final class LanesSimulation extends Simulation {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String NAME = "lanes";

  private final Plan plan = Plan.read();
  private final Ledger ledger = new Ledger();
  private final Map<String, Lanes> sockets = new ConcurrentHashMap<>();

  public LanesSimulation() {
    Streams streams = new Streams(plan, Dialect.RESPONSES, ledger);
    AtomicLong count = new AtomicLong();
    HttpProtocolBuilder protocol =
        http.baseUrl(plan.url())
            .wsBaseUrl(plan.url().replaceFirst("^http", "ws"))
            .wsAutoReplyTextFrame(this::reply);
    ScenarioBuilder scenario =
        scenario(NAME)
            .exec(session -> {
              String socket = "socket" + count.incrementAndGet();
              Lanes lanes =
                  new Lanes(socket, Stream.generate(streams::ask).limit(plan.lanes()).toList());
              sockets.put(socket, lanes);
              return session.set("socket", socket);
            })
            .exec(ws(NAME + " connect").connect("/v1/responses"))
            .exec(
                ws(NAME + " first")
                    .sendText(session -> lanes(session).begin(System.nanoTime()))
                    .await(PATIENCE)
                    .on(ws.checkTextMessage(NAME + " streams").matching(last()).check(verdict())))
            .exec(ws(NAME + " close").close())
            .exec(session -> {
              sockets.remove(session.getString("socket"));
              return session;
            });
    setUp(plan.users(scenario))
        .protocols(protocol)
        .assertions(global().failedRequests().count().is(0L));
  }

  // Gatling waits for the end of a message's answer before it sends the next one, but for replies.
  private String reply(String data) {
    try {
      JsonNode event = Golden.JSON.readTree(data);
      Lanes lanes = sockets.get(Lanes.socketOf(event.path("stream_id").asText()));
      return lanes == null ? null : lanes.reply(event, System.nanoTime()).orElse(null);
    } catch (JsonProcessingException e) {
      return null; // the check judges it
    }
  }

  // Every other event passes through this condition until it holds.
  private CheckBuilder last() {
    return bodyString()
        .transformWithSession((event, session) -> lanes(session).hear(event, System.nanoTime()))
        .is(true);
  }

  private CheckBuilder verdict() {
    return bodyString().transformWithSession((_, session) -> lanes(session).verdict()).is("");
  }

  private Lanes lanes(Session session) {
    Lanes lanes = sockets.get(session.getString("socket"));
    if (lanes == null) {
      throw new IllegalStateException("a user without a socket");
    }
    return lanes;
  }

  @Override
  public void after() {
    Report report =
        new Report(
            NAME,
            plan.summary() + ", " + plan.lanes() + " lanes a socket",
            ledger.lines(),
            ledger.faults());
    report.write(plan.report());
    System.out.println(report.markdown());
  }
}
