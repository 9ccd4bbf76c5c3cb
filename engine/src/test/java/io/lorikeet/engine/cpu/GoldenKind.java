package io.lorikeet.engine.cpu;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.engine.format.Fixtures;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What kind of run a golden run is: a row of {@code docs/goldens.md}. */
final class GoldenKind {
  static final String BASE = "base";
  static final String SUM = "weighted sum";

  private GoldenKind() {}

  /** Of a combination that PEFT has merged into one adapter. */
  static String merged(Golden.Run run) {
    return "merged by PEFT, " + run.combination();
  }

  /** Of one adapter: its method, then what it changes beside linear layers. */
  static String of(Path adapter) {
    JsonNode config = Fixtures.json(adapter.resolve("adapter_config.json"));
    List<String> parts = new ArrayList<>();
    parts.add(method(config));
    String targets = config.path("target_modules").toString();
    if (targets.contains("embed_tokens") || targets.contains("lm_head")) {
      parts.add("vocabulary");
    }
    if (isOn(config.path("modules_to_save"))) {
      parts.add("replaced modules");
    }
    if (isOn(config.path("trainable_token_indices"))) {
      parts.add("token rows");
    }
    if (!config.path("bias").asText("none").equals("none")) {
      parts.add("replaced biases");
    }
    if (config.path("lora_bias").asBoolean()) {
      parts.add("bias of B");
    }
    String parameters = config.path("target_parameters").toString();
    if (parameters.contains("down_proj") || targets.contains("\"w1\"")) {
      parts.add("experts");
    }
    if (parameters.contains("gate.weight")) {
      parts.add("router");
    }
    return String.join(", ", parts);
  }

  private static String method(JsonNode config) {
    String type = config.path("peft_type").asText();
    if (!type.equals("LORA")) {
      return type;
    }
    if (isOn(config.path("alora_invocation_tokens"))) {
      return "aLoRA";
    }
    String method = config.path("use_rslora").asBoolean() ? "rsLoRA" : "LoRA";
    return config.path("use_dora").asBoolean() ? method.replace("LoRA", "DoRA") : method;
  }

  private static boolean isOn(JsonNode value) {
    return value.isContainerNode() && !value.isEmpty();
  }
}
