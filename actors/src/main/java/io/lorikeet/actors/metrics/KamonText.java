package io.lorikeet.actors.metrics;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.regex.Pattern;
import kamon.Kamon;
import kamon.prometheus.PrometheusReporter;

/** Kamon without its agent, once per process, and its figures as Prometheus text. */
final class KamonText {
  private static final Pattern OWN = Pattern.compile("(?m)^(# (?:TYPE|HELP) )?(vllm|lorikeet)_");

  private final PrometheusReporter reporter;

  private KamonText(PrometheusReporter reporter) {
    this.reporter = reporter;
  }

  private static final class Holder {
    static final KamonText ONLY = open();
  }

  static KamonText get() {
    return Holder.ONLY;
  }

  private static KamonText open() {
    Config settings = ConfigFactory.parseResources(KamonText.class, "/lorikeet-kamon.conf");
    Kamon.initWithoutAttaching(ConfigFactory.load(settings));
    PrometheusReporter reporter = PrometheusReporter.create();
    Kamon.addReporter("lorikeet", reporter);
    return new KamonText(reporter);
  }

  /** Figures as of the last tick. Kamon has no colon in names; vLLM's have one. */
  String scrape() {
    return OWN.matcher(reporter.scrapeData()).replaceAll("$1$2:");
  }
}
