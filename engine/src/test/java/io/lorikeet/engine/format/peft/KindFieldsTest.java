package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.error.LorikeetException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of each field of the methods beside LoRA, whose fields have a test of their own. */
final class KindFieldsTest {
  private static final String TABLE =
      """
      ADALORA | init_r | 3 | adapter_rank_mismatch
      ADALORA | init_r | 0 | adapter_config_invalid
      ADALORA | init_r | null | adapter_config_invalid
      ADALORA | lora_alpha | "2" | adapter_config_invalid
      ADALORA | lora_alpha | 0.5 | served
      ADALORA | lora_alpha | 0 | served
      ADALORA | rank_pattern | {} | served
      ADALORA | rank_pattern | {"model.layers.0.self_attn.q_proj.lora_E": [true, true]} | served
      ADALORA | rank_pattern | {"model.layers.0.self_attn.q_proj.lora_E.x": [true, true]} | served
      ADALORA | rank_pattern | {"model.layers.0.self_attn.q_proj.lora_E": [true, false]} | adapter_rank_mismatch
      ADALORA | rank_pattern | {"model.layers.0.self_attn.q_proj.lora_E": [true]} | adapter_config_invalid
      ADALORA | rank_pattern | {"model.layers.0.self_attn.q_proj.lora_E": [1, 1]} | adapter_config_invalid
      ADALORA | rank_pattern | {"model.layers.0.self_attn.q_proj.lora_E": 2} | adapter_config_invalid
      ADALORA | rank_pattern | {"model.layers.0.self_attn.q_proj": [true, true]} | adapter_config_invalid
      ADALORA | rank_pattern | {"model.layers.0.self_attn.v_proj.lora_E": [true, true]} | adapter_config_invalid
      ADALORA | rank_pattern | {"nowhere.lora_E": [true, true]} | adapter_config_invalid
      ADALORA | rank_pattern | [true] | adapter_config_invalid
      ADALORA | target_modules | ["v_proj"] | adapter_tensor_unknown
      ADALORA | target_modules | null | served
      ADALORA | exclude_modules | ["q_proj"] | adapter_has_no_effect
      ADALORA | layers_to_transform | [1] | adapter_tensor_unknown
      ADALORA | layers_pattern | "layers" | adapter_config_invalid
      ADALORA | bias | "lora_only" | served
      ADALORA | bias | "adalora_only" | adapter_bias_unsupported
      ADALORA | init_lora_weights | false | served
      ADALORA | init_lora_weights | "pissa" | adapter_base_modified
      ADALORA | trainable_token_indices | [1] | adapter_tensor_missing
      ADALORA | ensure_weight_tying | "yes" | adapter_config_invalid
      ADALORA | ensure_weight_tying | true | served
      ADALORA | r | 5 | served
      ADALORA | use_rslora | true | served
      ADALORA | alpha_pattern | {"q_proj": 3} | served
      ADALORA | target_r | 4 | served
      ADALORA | tinit | 4 | served
      ADALORA | tfinal | 4 | served
      ADALORA | deltaT | 4 | served
      ADALORA | beta1 | 0.5 | served
      ADALORA | beta2 | 0.5 | served
      ADALORA | orth_reg_weight | 0.1 | served
      ADALORA | total_step | 10 | served
      ADALORA | lora_dropout | 0.1 | served
      ADALORA | fan_in_fan_out | true | served
      ADALORA | velora_config | {"a": 1} | served
      ADALORA | eva_config | {"a": 1} | served
      ADALORA | corda_config | {"a": 1} | served
      ADALORA | lora_ga_config | {"a": 1} | served
      ADALORA | runtime_config | {"a": 1} | served
      ADALORA | qalora_group_size | 16 | served
      ADALORA | megatron_core | "megatron.core" | served
      ADALORA | use_dora | true | adapter_variant_unsupported
      ADALORA | lora_bias | true | adapter_variant_unsupported
      ADALORA | alora_invocation_tokens | [1] | adapter_variant_unsupported
      ADALORA | use_bdlora | {"nblocks": 2} | adapter_variant_unsupported
      ADALORA | use_qalora | true | adapter_variant_unsupported
      ADALORA | arrow_config | {"top_k": 2} | adapter_variant_unsupported
      ADALORA | monteclora_config | {"a": 1} | adapter_variant_unsupported
      ADALORA | kasa_config | {"a": 1} | adapter_base_modified
      ADALORA | loftq_config | {"a": 1} | adapter_base_modified
      ADALORA | target_parameters | ["mlp.experts"] | adapter_target_parameters_unsupported
      ADALORA | layer_replication | [[0, 2]] | adapter_layer_replication_unsupported
      ADALORA | megatron_config | {"a": 1} | adapter_field_unsupported
      IA3 | feedforward_modules | ["q_proj"] | adapter_tensor_shape
      IA3 | feedforward_modules | ".*q_proj" | adapter_tensor_shape
      IA3 | feedforward_modules | ".*v_proj" | served
      IA3 | feedforward_modules | ["v_proj"] | adapter_config_invalid
      IA3 | feedforward_modules | null | served
      IA3 | feedforward_modules | [3] | adapter_config_invalid
      IA3 | feedforward_modules | "(" | adapter_config_invalid
      IA3 | target_modules | null | adapter_tensor_unknown
      IA3 | target_modules | ".*q_proj" | served
      IA3 | target_modules | "all-linear" | served
      IA3 | exclude_modules | ".*layers.0.*" | adapter_tensor_unknown
      IA3 | fan_in_fan_out | true | served
      IA3 | init_ia3_weights | false | served
      IA3 | layers_to_transform | [0] | adapter_field_unknown
      IA3 | bias | "none" | adapter_field_unknown
      IA3 | r | 2 | adapter_field_unknown
      VERA | r | 3 | adapter_tensor_shape
      VERA | r | 0 | adapter_config_invalid
      VERA | save_projection | true | served
      VERA | save_projection | false | adapter_projection_missing
      VERA | save_projection | null | adapter_projection_missing
      VERA | save_projection | "no" | adapter_config_invalid
      VERA | bias | "vera_only" | served
      VERA | bias | "lora_only" | adapter_bias_unsupported
      VERA | target_modules | null | served
      VERA | layers_to_transform | 0 | served
      VERA | layers_to_transform | 1 | adapter_tensor_unknown
      VERA | layers_pattern | ["layers"] | adapter_config_invalid
      VERA | projection_prng_key | 5 | served
      VERA | vera_dropout | 0.5 | served
      VERA | d_initial | 0.5 | served
      VERA | init_weights | false | served
      VERA | fan_in_fan_out | true | served
      VERA | exclude_modules | ["v_proj"] | adapter_field_unknown
      LOHA | r | 3 | adapter_rank_mismatch
      LOHA | alpha | "2" | adapter_config_invalid
      LOHA | alpha | 0 | adapter_has_no_effect
      LOHA | rank_pattern | {"q_proj": 3} | adapter_rank_mismatch
      LOHA | rank_pattern | {"v_proj": 3} | served
      LOHA | alpha_pattern | {"q_proj": 0} | adapter_has_no_effect
      LOHA | exclude_modules | ["q_proj"] | adapter_has_no_effect
      LOHA | layers_to_transform | [1] | adapter_tensor_unknown
      LOHA | layers_pattern | ["layers"] | adapter_config_invalid
      LOHA | target_modules | null | served
      LOHA | use_effective_conv2d | true | served
      LOHA | rank_dropout | 0.5 | served
      LOHA | module_dropout | 0.5 | served
      LOHA | init_weights | false | served
      LOHA | decompose_factor | 4 | adapter_field_unknown
      LOHA | lora_alpha | 4 | adapter_field_unknown
      LOHA | bias | "none" | adapter_field_unknown
      LOKR | r | 3 | adapter_rank_mismatch
      LOKR | alpha | null | adapter_config_invalid
      LOKR | alpha | 0 | adapter_has_no_effect
      LOKR | rank_pattern | {"q_proj": 3} | adapter_rank_mismatch
      LOKR | alpha_pattern | {"q_proj": 0} | adapter_has_no_effect
      LOKR | exclude_modules | ["q_proj"] | adapter_has_no_effect
      LOKR | layers_to_transform | [1] | adapter_tensor_unknown
      LOKR | layers_pattern | ["layers"] | adapter_config_invalid
      LOKR | decompose_both | true | served
      LOKR | decompose_factor | 4 | served
      LOKR | rank_dropout_scale | true | served
      LOKR | use_effective_conv2d | true | served
      LOKR | rank_dropout | 0.5 | served
      LOKR | module_dropout | 0.5 | served
      LOKR | init_weights | "lycoris" | served
      LOKR | fan_in_fan_out | true | adapter_field_unknown
      LN_TUNING | target_modules | ["layers.0.input_layernorm", "nowhere"] | served
      LN_TUNING | target_modules | ["input_layernorm"] | adapter_tensor_missing
      LN_TUNING | target_modules | ["norm"] | adapter_tensor_unknown
      LN_TUNING | target_modules | ["q_proj"] | adapter_variant_unsupported
      LN_TUNING | target_modules | ["embed_tokens"] | adapter_variant_unsupported
      LN_TUNING | target_modules | ["lm_head"] | adapter_variant_unsupported
      LN_TUNING | target_modules | ["nowhere"] | adapter_has_no_effect
      LN_TUNING | target_modules | null | adapter_tensor_missing
      LN_TUNING | exclude_modules | ["input_layernorm"] | adapter_has_no_effect
      LN_TUNING | r | 4 | adapter_field_unknown
      TRAINABLE_TOKENS | token_indices | [3] | adapter_tensor_shape
      TRAINABLE_TOKENS | token_indices | [] | adapter_config_invalid
      TRAINABLE_TOKENS | token_indices | null | adapter_config_invalid
      TRAINABLE_TOKENS | token_indices | [3, 3] | adapter_config_invalid
      TRAINABLE_TOKENS | token_indices | [3, 307] | adapter_config_out_of_range
      TRAINABLE_TOKENS | target_modules | null | served
      TRAINABLE_TOKENS | target_modules | ["embed_tokens"] | served
      TRAINABLE_TOKENS | target_modules | ".*tokens" | served
      TRAINABLE_TOKENS | target_modules | ["embed_tokens", "lm_head"] | adapter_tensor_missing
      TRAINABLE_TOKENS | target_modules | ["q_proj"] | adapter_trainable_tokens_unsupported
      TRAINABLE_TOKENS | target_modules | ["norm"] | adapter_trainable_tokens_unsupported
      TRAINABLE_TOKENS | target_modules | "all-linear" | adapter_trainable_tokens_unsupported
      TRAINABLE_TOKENS | init_weights | false | served
      TRAINABLE_TOKENS | exclude_modules | ["q_proj"] | adapter_field_unknown
      """;

  /** Rows that hold for every method. */
  private static final List<String> COMMON =
      List.of(
          "peft_type | \"lora\" | adapter_type_unsupported",
          "task_type | \"CAUSAL_LM\" | served",
          "task_type | \"SEQ_CLS\" | adapter_task_unsupported",
          "base_model_name_or_path | null | served",
          "base_model_name_or_path | 3 | adapter_config_invalid",
          "target_modules | 3 | adapter_config_invalid",
          "target_modules | [] | adapter_has_no_effect",
          "modules_to_save | null | served",
          "modules_to_save | [\"lm_head\"] | adapter_tensor_missing",
          "peft_version | \"0.99\" | served",
          "auto_mapping | {\"a\": 1} | served",
          "inference_mode | true | served",
          "revision | \"main\" | served",
          "new_knob | 1 | adapter_field_unknown",
          "new_knob | null | served");

  record Row(PeftMethod method, String field, String value, String outcome) {
    static Row of(String method, String cells) {
      String[] cell = cells.split(" \\| ", -1);
      return new Row(PeftMethod.valueOf(method), cell[0].strip(), cell[1], cell[2].strip());
    }
  }

  static Stream<Row> rows() {
    return Stream.concat(
        TABLE
            .lines()
            .map(line -> Row.of(line.substring(0, line.indexOf(' ')), line.split(" \\| ", 2)[1])),
        methods().flatMap(method -> COMMON.stream().map(cells -> Row.of(method.name(), cells))));
  }

  private static Stream<PeftMethod> methods() {
    return Arrays.stream(PeftMethod.values()).filter(method -> method != PeftMethod.LORA);
  }

  @ParameterizedTest
  @EnumSource(PeftMethod.class)
  void smallAdapterOfEachMethodIsServed(PeftMethod method) {
    TestAdapter adapter = TestKinds.of(method);
    assertTrue(adapter.read().bytes() > 0);
    assertEquals(List.of(), adapter.warnings);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void fieldIsImplementedNeutralOrRefused(Row row) {
    TestAdapter adapter = TestKinds.of(row.method).set(row.field, row.value);
    if (row.outcome.equals("served")) {
      assertTrue(adapter.read().bytes() > 0);
      return;
    }
    LorikeetException refusal = assertThrows(LorikeetException.class, adapter::read);
    assertEquals(row.outcome, refusal.code().wire(), refusal.getMessage());
  }

  @Test
  void everyKnownFieldOfEveryMethodIsInTheTable() {
    methods()
        .forEach(method -> {
          Set<String> tested = new HashSet<>();
          rows().filter(row -> row.method == method).forEach(row -> tested.add(row.field));
          Set<String> missing = new TreeSet<>(ConfigReader.fields(method).names());
          missing.removeAll(tested);
          assertEquals(Set.of(), missing, method::name);
        });
  }
}
