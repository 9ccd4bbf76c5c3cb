package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.error.LorikeetException;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LoraConfigTest {
  private static final String REFUSED =
      """
      peft_type               | "HRA"                 | adapter_type_unsupported
      peft_type               | "lora"                | adapter_type_unsupported
      peft_type               | 3                     | adapter_config_invalid
      peft_type               | null                  | adapter_config_invalid
      task_type               | "SEQ_CLS"             | adapter_task_unsupported
      task_type               | "TOKEN_CLS"           | adapter_task_unsupported
      task_type               | "SEQ_2_SEQ_LM"        | adapter_task_unsupported
      task_type               | 1                     | adapter_config_invalid
      base_model_name_or_path | 1                     | adapter_config_invalid
      r                       | 0                     | adapter_config_invalid
      r                       | 2.5                   | adapter_config_invalid
      r                       | "2"                   | adapter_config_invalid
      r                       | true                  | adapter_config_invalid
      r                       | null                  | adapter_config_invalid
      r                       | 1048577               | adapter_config_invalid
      r                       | 1048576               | adapter_rank_mismatch
      r                       | 3                     | adapter_rank_mismatch
      lora_alpha              | null                  | adapter_config_invalid
      lora_alpha              | "2"                   | adapter_config_invalid
      lora_alpha              | 1e400                 | adapter_config_invalid
      lora_alpha              | 0                     | adapter_has_no_effect
      use_rslora              | "yes"                 | adapter_config_invalid
      use_rslora              | 1                     | adapter_config_invalid
      use_dora                | "yes"                 | adapter_config_invalid
      rank_pattern            | {"q_proj": 3}         | adapter_rank_mismatch
      rank_pattern            | {"q_proj": 0}         | adapter_config_invalid
      rank_pattern            | {"q_proj": "2"}       | adapter_config_invalid
      rank_pattern            | {"(": 2}              | adapter_config_invalid
      rank_pattern            | ["q_proj"]            | adapter_config_invalid
      alpha_pattern           | {"q_proj": null}      | adapter_config_invalid
      alpha_pattern           | {"q_proj": 0}         | adapter_has_no_effect
      alpha_pattern           | {"(?<=.*)q": 1}       | adapter_config_invalid
      alpha_pattern           | {"(a)\\\\1": 1}       | adapter_field_unsupported
      target_modules          | []                    | adapter_has_no_effect
      target_modules          | ""                    | adapter_has_no_effect
      target_modules          | ["proj"]              | adapter_has_no_effect
      target_modules          | ["v_proj"]            | adapter_tensor_unknown
      target_modules          | ".*v_proj"            | adapter_tensor_unknown
      target_modules          | "q_proj"              | adapter_has_no_effect
      target_modules          | ["q_proj", 3]         | adapter_config_invalid
      target_modules          | {"q_proj": 1}         | adapter_config_invalid
      target_modules          | "(q_proj"             | adapter_config_invalid
      exclude_modules         | ["q_proj"]            | adapter_has_no_effect
      exclude_modules         | ".*layers\\\\.0\\\\..*" | adapter_tensor_unknown
      exclude_modules         | 3                     | adapter_config_invalid
      layers_to_transform     | 1                     | adapter_tensor_unknown
      layers_to_transform     | [1]                   | adapter_tensor_unknown
      layers_to_transform     | [7]                   | adapter_has_no_effect
      layers_to_transform     | "0"                   | adapter_config_invalid
      layers_to_transform     | [0.5]                 | adapter_config_invalid
      layers_to_transform     | [true]                | adapter_config_invalid
      layers_pattern          | "layers"              | adapter_config_invalid
      layers_pattern          | [3]                   | adapter_config_invalid
      bias                    | "some"                | adapter_bias_unsupported
      bias                    | true                  | adapter_config_invalid
      lora_bias               | true                  | adapter_tensor_missing
      lora_bias               | "yes"                 | adapter_config_invalid
      ensure_weight_tying     | "yes"                 | adapter_config_invalid
      init_lora_weights       | "pissa"               | adapter_base_modified
      init_lora_weights       | "PiSSA_niter_4"       | adapter_base_modified
      init_lora_weights       | "olora"               | adapter_base_modified
      init_lora_weights       | "corda"               | adapter_base_modified
      init_lora_weights       | "loftq"               | adapter_base_modified
      init_lora_weights       | "lora_ga"             | adapter_base_modified
      init_lora_weights       | "unheard-of"          | adapter_field_unsupported
      init_lora_weights       | 7                     | adapter_field_unsupported
      modules_to_save         | ["lm_head"]           | adapter_tensor_missing
      modules_to_save         | "lm_head"             | adapter_config_invalid
      trainable_token_indices | [1, 2]                | adapter_tensor_missing
      trainable_token_indices | [1, 1]                | adapter_config_invalid
      trainable_token_indices | {"q_proj": [1]}       | adapter_trainable_tokens_unsupported
      trainable_token_indices | [306]                 | adapter_tensor_missing
      trainable_token_indices | [307]                 | adapter_config_out_of_range
      trainable_token_indices | {"embed_tokens": [-1]} | adapter_config_out_of_range
      trainable_token_indices | ["a"]                 | adapter_config_invalid
      trainable_token_indices | 5                     | adapter_config_invalid
      alora_invocation_tokens | [307]                 | adapter_config_out_of_range
      alora_invocation_tokens | "a"                   | adapter_config_invalid
      target_parameters       | ["mlp.experts"]       | adapter_target_parameters_unsupported
      layer_replication       | [[0, 2]]              | adapter_layer_replication_unsupported
      use_bdlora              | {"nblocks": 2}        | adapter_config_invalid
      use_bdlora              | true                  | adapter_config_invalid
      use_bdlora              | {"nblocks": 0, "match_strict": false} | adapter_config_invalid
      use_bdlora              | {"match_strict": 1}   | adapter_config_invalid
      use_bdlora              | {"new_knob": 1}       | adapter_field_unknown
      use_bdlora              | {"nblocks": 2, "target_modules_bd_a": ["q_"]} | adapter_variant_unsupported
      use_bdlora              | {"nblocks": 2, "target_modules_bd_b": ["q_"]} | adapter_variant_unsupported
      use_bdlora              | {"target_modules_bd_a": ["q_"], "target_modules_bd_b": ["proj"]} | adapter_config_invalid
      use_qalora              | true                  | adapter_variant_unsupported
      arrow_config            | {"top_k": 2}          | adapter_variant_unsupported
      monteclora_config       | {"num_samples": 4}    | adapter_variant_unsupported
      kasa_config             | {"a": 1}              | adapter_base_modified
      megatron_config         | {"a": 1}              | adapter_field_unsupported
      new_knob                | 1                     | adapter_field_unknown
      new_knob                | true                  | adapter_field_unknown
      new_knob                | 0                     | adapter_field_unknown
      new_knob                | "on"                  | adapter_field_unknown
      new_knob                | {"a": null}           | adapter_field_unknown
      """;

  private static final String PASSING =
      """
      task_type               | null
      task_type               | "CAUSAL_LM"
      task_type               | "FEATURE_EXTRACTION"
      base_model_name_or_path | null
      base_model_name_or_path | "fixtures/llama"
      use_rslora              | null
      rank_pattern            | null
      rank_pattern            | {"v_proj": 7}
      alpha_pattern           | {"layers.0.self_attn.q_proj": -0.5}
      target_modules          | null
      target_modules          | "all-linear"
      target_modules          | "All-Linear"
      target_modules          | ["self_attn.q_proj"]
      target_modules          | ["model.layers.0.self_attn.q_proj"]
      target_modules          | ["q_proj", "lm_head", "nowhere"]
      target_modules          | ".*\\\\.(?:[qv])_proj"
      target_modules          | "^(?!.*visual).*(?:[qv]_proj).*"
      exclude_modules         | ["proj", "v_proj"]
      exclude_modules         | ""
      layers_to_transform     | 0
      layers_to_transform     | []
      layers_pattern          | ""
      layers_pattern          | []
      bias                    | "none"
      bias                    | null
      lora_bias               | false
      init_lora_weights       | false
      init_lora_weights       | null
      init_lora_weights       | "gaussian"
      init_lora_weights       | "eva"
      modules_to_save         | []
      trainable_token_indices | []
      alora_invocation_tokens | null
      use_bdlora              | false
      use_bdlora              | {"nblocks": 2, "match_strict": false}
      use_bdlora              | {"nblocks": 1, "target_modules_bd_a": ["q_proj"]}
      megatron_core           | "megatron.core"
      lora_dropout            | 0.5
      fan_in_fan_out          | true
      loftq_config            | {"a": 1}
      eva_config              | {"a": 1}
      velora_config           | {"a": 1}
      qalora_group_size       | 16
      ensure_weight_tying     | true
      init_lora_weights       | "orthogonal"
      init_lora_weights       | "mica"
      corda_config            | {"a": 1}
      lora_ga_config          | {"a": 1}
      runtime_config          | {"a": 1}
      auto_mapping            | {"a": 1}
      inference_mode          | true
      peft_version            | "0.99"
      revision                | "main"
      new_knob                | null
      new_knob                | false
      new_knob                | ""
      new_knob                | []
      new_knob                | {}
      """;

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = REFUSED)
  void valueThatChangesTheAnswerOrIsWrongIsRefused(String field, String value, String code) {
    LorikeetException refusal =
        assertThrows(LorikeetException.class, new TestAdapter().set(field, value)::read);
    assertEquals(code, refusal.code().wire(), refusal.getMessage());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = PASSING)
  void valueWithoutEffectOnTheAnswerPasses(String field, String value) {
    TestAdapter adapter = new TestAdapter().set(field, value);
    assertTrue(adapter.read().bytes() > 0);
    assertEquals(List.of(), adapter.warnings);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          use_dora      | alora_invocation_tokens | [1]                        | adapter_variant_unsupported
          use_dora      | velora_config           | {"num_groups": 1}          | adapter_variant_unsupported
          use_dora      | init_lora_weights       | "mica"                     | adapter_variant_unsupported
          use_dora      | use_bdlora              | {"match_strict": false}    | adapter_variant_unsupported
          use_dora      | lora_bias               | true                       | adapter_config_invalid
          lora_bias     | use_bdlora              | {"match_strict": false}    | adapter_variant_unsupported
          lora_bias     | init_lora_weights       | "gaussian"                 | adapter_config_invalid
          """)
  void variantsThatPeftDoesNotHaveTogetherAreRefused(
      String flag, String field, String value, String code) {
    TestAdapter adapter = new TestAdapter().set(flag, "true").set(field, value);
    LorikeetException refusal = assertThrows(LorikeetException.class, adapter::read);
    assertEquals(code, refusal.code().wire(), refusal.getMessage());
  }

  @Test
  void everyKnownFieldIsInOneOfTheTables() {
    Set<String> tested = new HashSet<>();
    (REFUSED + PASSING).lines().forEach(line -> tested.add(line.split(" ", 2)[0]));
    Set<String> missing = new TreeSet<>(LoraConfigReader.FIELDS.names());
    missing.removeAll(tested);
    assertEquals(Set.of(), missing);
  }

  @Test
  void absentRankAndAlphaAreEight() {
    TestAdapter adapter =
        new TestAdapter()
            .remove("r")
            .remove("lora_alpha")
            .pair(TestAdapter.Q0, "BF16", 8, 64, 64, new Random(1));
    assertEquals(2 * 8 * 64 * 2, adapter.read().bytes());
  }

  @Test
  void layersWithTargetsByRegexAreRefusedAsByPeft() {
    for (String field : List.of("layers_to_transform", "layers_pattern")) {
      TestAdapter adapter =
          new TestAdapter()
              .set("target_modules", "\".*q_proj\"")
              .set(field, field.endsWith("form") ? "[0]" : "[\"layers\"]");
      LorikeetException refusal = assertThrows(LorikeetException.class, adapter::read);
      assertEquals("adapter_config_invalid", refusal.code().wire());
    }
  }

  @Test
  void pathThatIsNamedInFullIsNotFilteredByLayers() {
    new TestAdapter()
        .set("target_modules", "[\"model.layers.0.self_attn.q_proj\"]")
        .set("layers_to_transform", "[1]")
        .read();
  }

  @Test
  void firstPatternOfTheFileWins() {
    new TestAdapter().set("rank_pattern", "{\"q_proj\": 2, \"layers.0.*\": 9}").read();
    LorikeetException refusal =
        assertThrows(
            LorikeetException.class,
            new TestAdapter().set("rank_pattern", "{\".*self_attn.*\": 9, \"q_proj\": 2}")::read);
    assertEquals("adapter_rank_mismatch", refusal.code().wire());
  }

  @ParameterizedTest
  @ValueSource(strings = {"other", "org/other", "xllama"})
  void otherBaseNameOnlyWarns(String name) {
    TestAdapter adapter = new TestAdapter().set("base_model_name_or_path", "\"" + name + "\"");
    adapter.read();
    assertEquals(1, adapter.warnings.size());
    assertTrue(adapter.warnings.getFirst().contains(name));
  }

  @Test
  void patternsShareOneBudget() {
    AdapterLimits limits =
        new AdapterLimits(
            1 << 20, AdapterLimits.DEFAULT.files(), AdapterLimits.DEFAULT.patternCharsMax(), 100);
    LorikeetException refusal =
        assertThrows(
            LorikeetException.class,
            new TestAdapter().set("target_modules", "\".*q_proj\"").limits(limits)::read);
    assertEquals("adapter_pattern_too_slow", refusal.code().wire());
  }
}
