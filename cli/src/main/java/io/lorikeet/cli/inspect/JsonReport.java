package io.lorikeet.cli.inspect;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/** A report as one JSON object. Its keys are stable: scripts read them. */
public final class JsonReport {
  private static final JsonMapper JSON = new JsonMapper();

  private JsonReport() {}

  /** The object. */
  public static ObjectNode of(Report report) {
    return switch (report) {
      case ModelReport model -> model(model);
      case AdapterReport adapter -> adapter(adapter);
      case AdaptersReport adapters -> adapters(adapters);
    };
  }

  private static ObjectNode model(ModelReport report) {
    ObjectNode json = head(report, "model");
    report.decoder().ifPresent(decoder -> decoder(json, decoder));
    report.text().ifPresent(text -> text(json, text));
    report.fit().ifPresent(fit -> fit(json.putObject("fit"), fit));
    report.quality().ifPresent(quality -> quality(json.putObject("quantization"), quality));
    return end(json, report.warnings(), report.refusal());
  }

  private static void decoder(ObjectNode json, ModelReport.Decoder decoder) {
    var spec = decoder.spec();
    json.put("name", decoder.name())
        .put("model_type", spec.modelType())
        .put("fingerprint", decoder.fingerprint())
        .put("parameters", decoder.stored().parameters())
        .put("stored_bytes", decoder.stored().bytes());
    ObjectNode types = json.putObject("parameters_by_dtype");
    decoder.stored().parametersByType().forEach(types::put);
    json.put("layers", spec.layers())
        .put("hidden_size", spec.hidden())
        .put("intermediate_size", spec.intermediate())
        .put("heads", spec.heads())
        .put("kv_heads", spec.kvHeads())
        .put("head_dim", spec.headDim())
        .put("vocab_size", spec.vocab())
        .put("tied_embeddings", spec.tiedEmbeddings())
        .put("context_max", spec.positionsMax());
    spec.experts()
        .ifPresent(experts ->
            json.put("experts", experts.count()).put("experts_per_token", experts.perToken()));
    numbers(json.putArray("eos_token_ids"), decoder.eosTokenIds());
    json.put("weight_bytes", decoder.need().weightBytes())
        .put("workspace_bytes", decoder.need().workspaceBytes())
        .put("kv_bytes_per_token", decoder.need().kvBytes(1))
        .put("kv_bytes_per_1000_tokens", decoder.need().kvBytes(1000));
  }

  private static void text(ObjectNode json, ModelReport.Text text) {
    ObjectNode tokenizer = json.putObject("tokenizer").put("present", text.tokens().isPresent());
    text.tokens().ifPresent(tokens -> tokenizer.put("tokens", tokens));
    ObjectNode template = json.putObject("chat_template").put("present", text.template());
    refusal(template, text.templateRefusal());
  }

  private static void fit(ObjectNode json, Fit fit) {
    json.put("memory_bytes", fit.memoryBytes())
        .put("kv_tokens", fit.kvTokens())
        .put("kv_bytes", fit.kvBytes())
        .put("adapter_rank", fit.adapterRank())
        .put("adapter_bytes", fit.adapterBytes())
        .put("adapter_budget_bytes", fit.adapterBudgetBytes())
        .put("adapters", fit.adapters());
  }

  private static void quality(ObjectNode json, Quality quality) {
    json.put("numerics", quality.numerics())
        .put("stored_numerics", quality.storedNumerics())
        .put("prompts_as_text", quality.asText());
    deviation(json, quality.all());
    ArrayNode prompts = json.putArray("prompts");
    quality
        .prompts()
        .forEach(prompt ->
            deviation(prompts.addObject().put("name", prompt.name()), prompt.deviation()));
  }

  private static void deviation(ObjectNode json, Deviation deviation) {
    json.put("tokens", deviation.positions())
        .put("logit_deviation_max", deviation.logitMax())
        .put("logit_deviation_mean", deviation.logitMean())
        .put("greedy_agreement", deviation.agreement())
        .put("kl_divergence_max", deviation.divergenceMax())
        .put("kl_divergence_mean", deviation.divergenceMean());
  }

  private static ObjectNode adapter(AdapterReport report) {
    ObjectNode json = head(report, "adapter").put("name", report.name()).put("base", report.base());
    report.facts().ifPresent(facts -> facts(json, facts));
    return end(json, report.warnings(), report.refusal());
  }

  private static void facts(ObjectNode json, AdapterReport.Facts facts) {
    var changes = facts.changes();
    json.put("method", facts.summary().method()).put("generation", facts.generation());
    ArrayNode modules = json.putArray("modules");
    changes.modules().forEach(modules::add);
    numbers(json.putArray("layers"), changes.layers());
    json.put("layers_total", changes.layersTotal());
    numbers(json.putArray("ranks"), changes.ranks());
    ArrayNode others = json.putArray("changes");
    changes.others().forEach(others::add);
    numbers(json.putArray("invocation_tokens"), changes.invocation());
    json.put("composes", changes.composes());
    facts
        .summary()
        .lowRank()
        .ifPresent(scaling -> {
          json.put("rank", scaling.rank())
              .put("alpha", scaling.alpha())
              .put("scale", scaling.scale());
          ObjectNode ranks = json.putObject("rank_pattern");
          scaling.rankPattern().forEach(ranks::put);
          ObjectNode alphas = json.putObject("alpha_pattern");
          scaling.alphaPattern().forEach(alphas::put);
        });
    json.put("file_bytes", facts.fileBytes())
        .put("image_bytes", facts.imageBytes())
        .put("base_weight_bytes", facts.baseBytes());
  }

  private static ObjectNode adapters(AdaptersReport report) {
    ObjectNode json = head(report, "adapters").put("base", report.base());
    ArrayNode adapters = json.putArray("adapters");
    report.adapters().forEach(adapter -> adapters.add(adapter(adapter)));
    return json;
  }

  private static ObjectNode head(Report report, String kind) {
    return JSON.createObjectNode()
        .put("folder", report.folder().toString())
        .put("kind", kind)
        .put("ok", report.ok());
  }

  private static ObjectNode end(ObjectNode json, List<String> warnings, Optional<Refusal> refusal) {
    ArrayNode texts = json.putArray("warnings");
    warnings.forEach(texts::add);
    refusal(json, refusal);
    return json;
  }

  // The object is there exactly where something is refused.
  private static void refusal(ObjectNode json, Optional<Refusal> refusal) {
    refusal.ifPresent(
        r -> json.putObject("refusal").put("code", r.code()).put("message", r.message()));
  }

  private static void numbers(ArrayNode array, List<Integer> numbers) {
    numbers.forEach(array::add);
  }
}
