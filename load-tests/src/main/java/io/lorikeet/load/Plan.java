package io.lorikeet.load;

import io.gatling.javaapi.core.ClosedInjectionStep;
import io.gatling.javaapi.core.CoreDsl;
import io.gatling.javaapi.core.OpenInjectionStep;
import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.ScenarioBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * What a run does, from the system properties {@code load.*}; {@code load-tests/run} sets them.
 *
 * @param url of the server
 * @param model its model folder, with the golden answers
 * @param adapters names that may be asked for, besides the base
 * @param draw how adapters are chosen
 * @param seed of the choices
 * @param shape how users come
 * @param level users at once, or users per second
 * @param ramp until the level is reached, from 1
 * @param hold how long it stays
 * @param lanes streams at once on one socket, where there are sockets
 * @param report folder for the reports
 */
record Plan(
    String url,
    Path model,
    List<String> adapters,
    Draw draw,
    long seed,
    Shape shape,
    double level,
    Duration ramp,
    Duration hold,
    int lanes,
    Path report) {
  /** How users come. */
  enum Shape {
    /** So many at once; a new one comes when one has ended. */
    CLOSED,
    /** So many per second, whatever the server does. */
    OPEN
  }

  static Plan read() {
    return new Plan(
        text("url"),
        Path.of(text("model")),
        List.of(text("adapters").split(",", -1)),
        Draw.valueOf(text("draw").toUpperCase(Locale.ROOT)),
        Long.parseLong(text("seed")),
        Shape.valueOf(text("shape").toUpperCase(Locale.ROOT)),
        Double.parseDouble(text("level")),
        Duration.ofSeconds(Long.parseLong(text("ramp"))),
        Duration.ofSeconds(Long.parseLong(text("hold"))),
        Integer.parseInt(text("lanes")),
        Path.of(text("report")));
  }

  private static String text(String name) {
    String value = System.getProperty("load." + name);
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException("the system property load." + name + " must be set");
    }
    return value;
  }

  /** A scenario's users: a ramp, where one is wanted, then a constant level. */
  PopulationBuilder users(ScenarioBuilder scenario) {
    return switch (shape) {
      case CLOSED -> {
        int most = Math.max(1, (int) level);
        ClosedInjectionStep constant = CoreDsl.constantConcurrentUsers(most).during(hold);
        yield ramp.isZero()
            ? scenario.injectClosed(constant)
            : scenario.injectClosed(CoreDsl.rampConcurrentUsers(1).to(most).during(ramp), constant);
      }
      case OPEN -> {
        OpenInjectionStep constant = CoreDsl.constantUsersPerSec(level).during(hold);
        yield ramp.isZero()
            ? scenario.injectOpen(constant)
            : scenario.injectOpen(CoreDsl.rampUsersPerSec(1).to(level).during(ramp), constant);
      }
    };
  }

  String summary() {
    return "%s, adapters %s of %d, seed %d, %s %s, ramp %d s, hold %d s"
        .formatted(
            url.replaceFirst(":\\d+$", ""),
            draw.name().toLowerCase(Locale.ROOT),
            adapters.size(),
            seed,
            shape.name().toLowerCase(Locale.ROOT),
            shape == Shape.CLOSED ? (int) level + " users" : level + " users/s",
            ramp.toSeconds(),
            hold.toSeconds());
  }
}
