package io.lorikeet.engine.format.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.StrictJson;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What an adapter's configuration says of its method, for people. Says nothing of what its tensors
 * do: that is in the image.
 *
 * @param method such as {@code LoRA}, {@code rsLoRA}, {@code DoRA}, {@code rsLoRA + DoRA}; PEFT's
 *     own name of a method that is no LoRA
 * @param lowRank rank and scale, where the method has them
 */
public record AdapterSummary(String method, Optional<Scaling> lowRank) {
  // PEFT's default of both; it writes them always.
  private static final int DEFAULT_RANK_AND_ALPHA = 8;

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
    if (!type.equals("LORA")) {
      return new AdapterSummary(type, Optional.empty());
    }
    boolean rankStabilized = config.path("use_rslora").asBoolean();
    boolean dora = config.path("use_dora").asBoolean();
    return new AdapterSummary(
        rankStabilized ? (dora ? "rsLoRA + DoRA" : "rsLoRA") : (dora ? "DoRA" : "LoRA"),
        Optional.of(scaling(config, rankStabilized)));
  }

  private static Scaling scaling(ObjectNode config, boolean rankStabilized) {
    int rank = config.path("r").asInt(DEFAULT_RANK_AND_ALPHA);
    double alpha = config.path("lora_alpha").asDouble(DEFAULT_RANK_AND_ALPHA);
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
