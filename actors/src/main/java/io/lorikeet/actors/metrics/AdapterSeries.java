package io.lorikeet.actors.metrics;

import io.lorikeet.actors.metrics.AdapterPresence.Adapter;
import io.lorikeet.actors.metrics.AdapterPresence.Tier;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Series per adapter in the Prometheus text format, written from one {@link AdapterPresence}: an
 * adapter that is evicted has no series any more, and there are never more than a bound.
 */
final class AdapterSeries {
  /** Adapters with series of their own; the others are only counted. */
  static final int NAMED_MAX = 1000;

  private AdapterSeries() {}

  /**
   * @param seconds since 1970; the value that vLLM gives its information series
   * @param slots adapters that sequences can use at once
   */
  static String text(AdapterPresence presence, String model, int slots, long seconds) {
    StringBuilder out = new StringBuilder();
    type(out, "vllm:lora_requests_info", "gauge");
    out.append("vllm:lora_requests_info{max_lora=\"%d\"".formatted(slots))
        .append(",model_name=\"" + escaped(model) + "\"")
        .append(",running_lora_adapters=\"" + busy(presence, a -> a.tier() == Tier.DEVICE) + "\"")
        .append(",waiting_lora_adapters=\"" + busy(presence, a -> a.tier() != Tier.DEVICE) + "\"")
        .append("} " + seconds + "\n");
    List<Adapter> resident =
        presence.adapters().stream().filter(a -> a.tier() != Tier.NONE).toList();
    type(out, "lorikeet:adapter_resident", "gauge");
    for (Adapter adapter : resident.subList(0, Math.min(NAMED_MAX, resident.size()))) {
      out.append(
          "lorikeet:adapter_resident{adapter=\"%s\",tier=\"%s\"} 1\n"
              .formatted(escaped(adapter.name()), adapter.tier().name().toLowerCase(Locale.ROOT)));
    }
    gauge(out, "lorikeet:adapters_resident", resident.size());
    gauge(out, "lorikeet:adapter_host_bytes", presence.host().usedBytes());
    gauge(out, "lorikeet:adapter_host_budget_bytes", presence.host().budgetBytes());
    gauge(out, "lorikeet:adapter_leases", presence.host().leases());
    return out.toString();
  }

  private static void type(StringBuilder out, String name, String type) {
    out.append("# TYPE " + name + " " + type + "\n");
  }

  private static void gauge(StringBuilder out, String name, long value) {
    type(out, name, "gauge");
    out.append(name + " " + value + "\n");
  }

  private static String busy(AdapterPresence presence, Predicate<Adapter> which) {
    return presence.adapters().stream()
        .filter(a -> a.requests() > 0)
        .filter(which)
        .limit(NAMED_MAX)
        .map(a -> escaped(a.name()))
        .collect(Collectors.joining(","));
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
