package io.lorikeet.cli.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Measurements as text, or as one JSON object each, whose keys are stable. */
public final class BenchReport {
  private static final JsonMapper JSON = new JsonMapper();

  private BenchReport() {}

  /** A few lines. */
  public static String text(Measurement m) {
    List<String> lines = new ArrayList<>();
    lines.add(m.setting().text());
    lines.add("  numerics " + m.executor().numericsId() + " on " + m.executor().kernelPath());
    lines.add(
        "  decode  %s tokens/s, ITL p50 %s ms, p99 %s ms"
            .formatted(
                number(1, m.tokensPerSecond()),
                number(2, m.itlMillis(0.5)),
                number(2, m.itlMillis(0.99))));
    lines.add(
        "  prefill %s tokens/s, TTFT p50 %s ms, p99 %s ms"
            .formatted(
                number(1, m.prefillTokensPerSecond()),
                number(1, m.ttftMillis(0.5)),
                number(1, m.ttftMillis(0.99))));
    lines.add(
        "  a decode step reads %s MB, %s %% of what plain loops read (%s GB/s)"
            .formatted(
                number(1, m.stepBytes() / 1e6),
                number(0, 100 * m.readBandwidthFraction()),
                number(1, m.probe().readBytesPerSecond() / 1e9)));
    m.multiplyAddFraction()
        .ifPresent(fraction ->
            lines.add(
                "  prefill does %s %% of the multiply-adds of plain loops (%s G/s)"
                    .formatted(
                        number(0, 100 * fraction),
                        number(1, m.probe().multiplyAddsPerSecond().orElseThrow() / 1e9))));
    m.adapterTax()
        .ifPresent(tax ->
            lines.add(
                "  adapter tax %s %% (of %d steps half within %s and %s)"
                    .formatted(
                        number(1, 100 * tax),
                        m.taxRatios().length,
                        number(1, 100 * m.adapterTax(0.25).orElseThrow()),
                        number(1, 100 * m.adapterTax(0.75).orElseThrow()))));
    m.probe().device().ifPresent(speed -> lines.addAll(DeviceReport.lines(speed)));
    return String.join("\n", lines) + "\n";
  }

  /** Median ratios of the second to the first, over pairs of rounds. */
  public static String ratios(List<Measurement> two) {
    List<Round> first = two.getFirst().rounds();
    List<Round> second = two.getLast().rounds();
    return "  second to first: decode %s, prefill %s\n"
        .formatted(
            number(2, Measurement.ratio(second, first, Round::tokensPerSecond)),
            number(2, Measurement.ratio(second, first, Round::prefillTokensPerSecond)));
  }

  static String number(int digits, double value) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  /** One object. */
  public static ObjectNode json(Measurement m) {
    Setting setting = m.setting();
    ObjectNode json =
        JSON.createObjectNode()
            .put("shape", setting.shape().name())
            .put("dtype", setting.dtype())
            .put("kernels", m.executor().kernelPath())
            .put("numerics", m.executor().numericsId())
            .put("streams", setting.streams())
            .put("adapters", setting.adapters())
            .put("registered", setting.registered())
            .put("distribution", setting.distribution().name().toLowerCase(Locale.ROOT))
            .put("prompt", setting.prompt())
            .put("new", setting.fresh())
            .put("threads", setting.threads())
            .put("rounds", m.rounds().size())
            .put("tokens_per_second", m.tokensPerSecond())
            .put("prefill_tokens_per_second", m.prefillTokensPerSecond());
    setting.ranks().forEach(json.putArray("ranks")::add);
    json.putObject("ttft_ms").put("p50", m.ttftMillis(0.5)).put("p99", m.ttftMillis(0.99));
    json.putObject("itl_ms").put("p50", m.itlMillis(0.5)).put("p99", m.itlMillis(0.99));
    json.put("step_bytes", m.stepBytes()).put("read_bandwidth_fraction", m.readBandwidthFraction());
    m.multiplyAddFraction().ifPresent(fraction -> json.put("multiply_add_fraction", fraction));
    m.adapterTax()
        .ifPresent(tax ->
            json.put("adapter_tax", tax)
                .put("adapter_tax_steps", m.taxRatios().length)
                .put("adapter_tax_p25", m.adapterTax(0.25).orElseThrow())
                .put("adapter_tax_p75", m.adapterTax(0.75).orElseThrow()));
    m.probe().device().ifPresent(speed -> DeviceReport.put(json.putObject("device"), speed));
    return json;
  }
}
