package io.lorikeet.engine.format.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.StrictJson;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an adapter's configuration says of its method, for people. Says nothing of what its tensors
 * do: that is in the image.
 *
 * @param method such as {@code LoRA}, {@code rsLoRA}, {@code aLoRA}, {@code rsLoRA + DoRA}, {@code
 *     VeRA}
 * @param lowRank rank and scale, where the method has them
 */
public record AdapterSummary(String method, Optional<Scaling> lowRank) {
  /**
   * Rank and scale of modules without exceptions, and the exceptions by pattern, in the file's
   * order.
   *
   * @param scale factor on {@code B A x}
   */
  public record Scaling(
      int rank,
      double alpha,
      double scale,
      Map<String, Integer> rankPattern,
      Map<String, Double> alphaPattern) {
    public Scaling {
      rankPattern = Collections.unmodifiableMap(new LinkedHashMap<>(rankPattern));
      alphaPattern = Collections.unmodifiableMap(new LinkedHashMap<>(alphaPattern));
    }
  }

  /**
   * Reads the configuration of an artifact that {@link AdapterFolder#read} has accepted.
   *
   * @throws io.lorikeet.engine.error.LorikeetException ADAPTER_CONFIG_INVALID
   */
  public static AdapterSummary of(AdapterArtifact artifact, AdapterLimits limits) {
    ObjectNode config =
        StrictJson.readObject(
            artifact.config().toArray(ValueLayout.JAVA_BYTE),
            limits.files().configDepthMax(),
            FileFamily.ADAPTER::configInvalid);
    String type = config.path("peft_type").asText();
    return PeftMethod.of(type)
        .map(method -> of(method, config))
        .orElseThrow(() ->
            new LorikeetException(
                ErrorCode.ADAPTER_TYPE_UNSUPPORTED,
                "adapter_config.json: `peft_type` must be served. Given: "
                    + ConfigValues.brief(type)));
  }

  private static AdapterSummary of(PeftMethod method, ObjectNode config) {
    return switch (method) {
      case LORA ->
          new AdapterSummary(
              variants(config),
              Optional.of(scaling(config, "lora_alpha", config.path("use_rslora").asBoolean())));
      case LOHA, LOKR ->
          new AdapterSummary(method.title(), Optional.of(scaling(config, "alpha", false)));
      case ADALORA, IA3, VERA, LN_TUNING, TRAINABLE_TOKENS ->
          new AdapterSummary(method.title(), Optional.empty());
    };
  }

  private static String variants(ObjectNode config) {
    List<String> names = new ArrayList<>();
    if (!ConfigValues.isOff(config.path("alora_invocation_tokens"))) {
      names.add("aLoRA");
    }
    if (config.path("use_rslora").asBoolean()) {
      names.add("rsLoRA");
    }
    if (config.path("use_dora").asBoolean()) {
      names.add("DoRA");
    }
    if (!ConfigValues.isOff(config.path("use_bdlora"))) {
      names.add("BD-LoRA");
    }
    return names.isEmpty() ? PeftMethod.LORA.title() : String.join(" + ", names);
  }

  private static Scaling scaling(ObjectNode config, String alphaField, boolean rankStabilized) {
    int rank = config.path("r").asInt(RankRule.DEFAULT);
    double alpha = config.path(alphaField).asDouble(RankRule.DEFAULT);
    Map<String, Integer> ranks = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> special : config.path("rank_pattern").properties()) {
      ranks.put(special.getKey(), special.getValue().intValue());
    }
    Map<String, Double> alphas = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> special : config.path("alpha_pattern").properties()) {
      alphas.put(special.getKey(), special.getValue().doubleValue());
    }
    double scale = rankStabilized ? alpha / Math.sqrt(rank) : alpha / rank;
    return new Scaling(rank, alpha, scale, ranks, alphas);
  }
}
