package io.lorikeet.load;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.bodyString;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.sse;

import io.gatling.javaapi.core.CheckBuilder;
import io.gatling.javaapi.core.ScenarioBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.HttpProtocolBuilder;
import java.time.Duration;
import java.util.Locale;

/** Users who each read one answer as server-sent events. */
abstract class StreamSimulation extends Simulation {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Plan plan = Plan.read();
  private final Ledger ledger = new Ledger();
  private final String name;

  /**
   * @param path of the route
   */
  StreamSimulation(Dialect dialect, String path) {
    name = dialect.name().toLowerCase(Locale.ROOT);
    HttpProtocolBuilder protocol =
        http.baseUrl(plan.url()).contentTypeHeader("application/json").disableCaching();
    ScenarioBuilder scenario =
        scenario(name)
            .feed(new Streams(plan, dialect, ledger))
            .exec(session -> {
              stream(session).begin(System.nanoTime());
              return session;
            })
            .exec(
                sse(name + " head")
                    .post(path)
                    .body(StringBody("#{request}"))
                    .await(PATIENCE)
                    .on(sse.checkMessage(name + " stream").matching(last()).check(verdict())));
    setUp(plan.users(scenario))
        .protocols(protocol)
        .assertions(global().failedRequests().count().is(0L));
  }

  // Every event passes through this condition until it holds, so it is where times are taken.
  private static CheckBuilder last() {
    return bodyString()
        .transformWithSession(
            (event, session) -> stream(session).hear(GatlingEvent.data(event), System.nanoTime()))
        .is(true);
  }

  private static CheckBuilder verdict() {
    return bodyString().transformWithSession((_, session) -> stream(session).verdict()).is("");
  }

  private static Stream stream(Session session) {
    Stream stream = session.get("stream");
    if (stream == null) {
      throw new IllegalStateException("a user without a stream");
    }
    return stream;
  }

  @Override
  public void after() {
    Report report = new Report(name, plan.summary(), ledger.lines(), ledger.faults());
    report.write(plan.report());
    System.out.println(report.markdown());
  }
}
