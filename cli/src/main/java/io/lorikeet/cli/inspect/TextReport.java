package io.lorikeet.cli.inspect;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A report as aligned text. */
public final class TextReport {
  private static final int LABEL_WIDTH = 13;
  private static final int PROMPT_WIDTH = 12;

  private final StringBuilder text = new StringBuilder();

  private TextReport() {}

  /** Lines of a report, each ended. */
  public static String of(Report report) {
    TextReport lines = new TextReport();
    switch (report) {
      case ModelReport model -> lines.model(model);
      case AdapterReport adapter -> lines.adapter(adapter);
      case AdaptersReport adapters -> lines.adapters(adapters);
    }
    return lines.text.toString();
  }

  private void model(ModelReport report) {
    head(report, "model");
    report.decoder().ifPresent(this::decoder);
    report.fit().ifPresent(this::fit);
    report.text().ifPresent(this::textSide);
    report.quality().ifPresent(this::quality);
    end(report.warnings(), report.refusal().stream().toList());
  }

  private void decoder(ModelReport.Decoder decoder) {
    var spec = decoder.spec();
    var stored = decoder.stored();
    line("type", spec.modelType());
    line(
        "parameters",
        Amounts.count(stored.parameters()) + " (" + Amounts.brief(stored.parameters()) + ")");
    line("stored", Amounts.bytes(stored.bytes()) + ", " + types(stored.parametersByType()));
    line(
        "layers",
        "%d, hidden %s, feed-forward %s"
            .formatted(
                spec.layers(), Amounts.count(spec.hidden()), Amounts.count(spec.intermediate())));
    line(
        "heads",
        "%d of %d, %d for keys and values".formatted(spec.heads(), spec.headDim(), spec.kvHeads()));
    line(
        "vocabulary",
        Amounts.count(spec.vocab())
            + (spec.tiedEmbeddings() ? ", head tied to the embedding" : ""));
    line("context", Amounts.count(spec.positionsMax()) + " tokens");
    line("ends with", decoder.eosTokenIds().isEmpty() ? "no token" : join(decoder.eosTokenIds()));
    line("fingerprint", decoder.fingerprint());
    line("weights", Amounts.bytes(decoder.need().weightBytes()) + " in memory");
    line("workspace", Amounts.bytes(decoder.need().workspaceBytes()));
    line(
        "KV cache",
        "%s per token, %s per 1,000 tokens"
            .formatted(
                Amounts.bytes(decoder.need().kvBytes(1)),
                Amounts.bytes(decoder.need().kvBytes(1000))));
  }

  private static String types(Map<String, Long> parametersByType) {
    return parametersByType.size() == 1
        ? parametersByType.keySet().iterator().next()
        : parametersByType.entrySet().stream()
            .map(e -> e.getKey() + " " + Amounts.count(e.getValue()))
            .collect(Collectors.joining(", "));
  }

  private void fit(Fit fit) {
    line("fits", "into %s of memory:".formatted(Amounts.bytes(fit.memoryBytes())));
    line(
        "",
        "%s tokens of KV cache (%s)"
            .formatted(Amounts.count(fit.kvTokens()), Amounts.bytes(fit.kvBytes())));
    line(
        "",
        "%s adapters of rank %d on all linear layers (%s each, in %s)"
            .formatted(
                Amounts.count(fit.adapters()),
                fit.adapterRank(),
                Amounts.bytes(fit.adapterBytes()),
                Amounts.bytes(fit.adapterBudgetBytes())));
  }

  private void textSide(ModelReport.Text side) {
    line("tokenizer", side.tokens().map(n -> Amounts.count(n) + " tokens").orElse("none"));
    String template = side.template() ? "compiles" : "none";
    line("template", side.templateRefusal().map(Refusal::code).orElse(template));
  }

  private void quality(Quality quality) {
    Deviation all = quality.all();
    line("quantised", quality.numerics() + " against " + quality.storedNumerics());
    line(
        "",
        "%s tokens of %d prompts%s"
            .formatted(
                Amounts.count(all.positions()),
                quality.prompts().size(),
                quality.asText() ? "" : ", bytes as ids"));
    line(
        "",
        "logits off by %s at most, %s in the mean"
            .formatted(Amounts.significant(all.logitMax()), Amounts.significant(all.logitMean())));
    line("", "same greedy token at %s".formatted(Amounts.share(all.agreement())));
    line(
        "",
        "KL divergence %s nats in the mean, %s at most"
            .formatted(
                Amounts.significant(all.divergenceMean()),
                Amounts.significant(all.divergenceMax())));
    for (Quality.OfPrompt prompt : quality.prompts()) {
      Deviation of = prompt.deviation();
      line(
          "",
          "%s %4d tokens, same %8s, KL %s"
              .formatted(
                  padded(prompt.name(), PROMPT_WIDTH),
                  of.positions(),
                  Amounts.share(of.agreement()),
                  Amounts.significant(of.divergenceMean())));
    }
  }

  private void adapter(AdapterReport report) {
    head(report, "adapter of " + report.base());
    report.facts().ifPresent(this::facts);
    end(report.warnings(), report.refusal().stream().toList());
  }

  private void facts(AdapterReport.Facts facts) {
    var changes = facts.changes();
    line("method", facts.summary().method());
    if (!changes.modules().isEmpty()) {
      line("modules", String.join(", ", changes.modules()));
    }
    if (!changes.others().isEmpty()) {
      line("changes", String.join(", ", changes.others()));
    }
    if (!changes.layers().isEmpty()) {
      line(
          "layers",
          "%d of %d: %s"
              .formatted(
                  changes.layers().size(),
                  changes.layersTotal(),
                  Amounts.ranges(changes.layers())));
    }
    facts
        .summary()
        .lowRank()
        .ifPresent(scaling -> {
          line("rank", ranks(changes) + exceptions(scaling.rankPattern(), r -> r.toString()));
          line(
              "alpha",
              Amounts.number(scaling.alpha())
                  + exceptions(scaling.alphaPattern(), Amounts::number));
          line("scale", Amounts.number(scaling.scale()));
        });
    if (!changes.invocation().isEmpty()) {
      line("invoked by", "tokens " + join(changes.invocation()));
    }
    line("composes", changes.composes() ? "yes" : "no: alone, with weight 1");
    line("files", Amounts.bytes(facts.fileBytes()));
    line(
        "image",
        "%s in memory, %s of the weights"
            .formatted(
                Amounts.bytes(facts.imageBytes()),
                Amounts.share(facts.imageBytes(), facts.baseBytes())));
    line("generation", facts.generation());
  }

  private static String ranks(Changes changes) {
    List<Integer> ranks = changes.ranks();
    if (ranks.isEmpty()) {
      return "none";
    }
    return ranks.size() == 1
        ? ranks.getFirst().toString()
        : ranks.getFirst() + ".." + ranks.getLast();
  }

  private static <T> String exceptions(Map<String, T> byPattern, Function<T, String> value) {
    return byPattern.isEmpty()
        ? ""
        : byPattern.entrySet().stream()
            .map(e -> e.getKey() + ": " + value.apply(e.getValue()))
            .collect(Collectors.joining(", ", " (", ")"));
  }

  private void adapters(AdaptersReport report) {
    long fitting = report.adapters().stream().filter(AdapterReport::ok).count();
    text.append(
        "%s: %d of %d adapters fit %s%n"
            .formatted(report.folder(), fitting, report.adapters().size(), report.base()));
    int width = report.adapters().stream().mapToInt(a -> a.name().length()).max().orElse(0);
    for (AdapterReport adapter : report.adapters()) {
      text.append("  ")
          .append(padded(adapter.name(), width))
          .append("  ")
          .append(adapter.refusal().map(Refusal::code).orElse("OK"))
          .append(adapter.facts().map(TextReport::brief).orElse(""))
          .append(System.lineSeparator());
    }
  }

  private static String brief(AdapterReport.Facts facts) {
    return "  %s, rank %s, %s"
        .formatted(
            facts.summary().method(), ranks(facts.changes()), Amounts.bytes(facts.imageBytes()));
  }

  private void head(Report report, String what) {
    text.append("%s: %s, %s%n".formatted(report.folder(), what, report.ok() ? "OK" : "refused"));
  }

  private void end(List<String> warnings, List<Refusal> refusals) {
    warnings.forEach(warning -> line("warning", warning));
    refusals.forEach(refusal -> line("refused", refusal.code() + ": " + refusal.message()));
  }

  private void line(String label, String value) {
    text.append("  ")
        .append(padded(label, LABEL_WIDTH))
        .append(value)
        .append(System.lineSeparator());
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }

  private static String join(List<Integer> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }
}
