package io.lorikeet.http.adapters;

import io.lorikeet.actors.Target;
import io.lorikeet.engine.adapter.merge.MajoritySign;
import io.lorikeet.engine.adapter.merge.Recipe;
import io.lorikeet.engine.adapter.merge.Strategy;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.json.Fields;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/**
 * How adapters become one: the object {@code merge} beside {@code adapters}, or LoRAX's fields
 * beside its ids. Every type is right and nothing else checked yet.
 *
 * @param at where the fields stand
 * @param strategyName what the field of the strategy is called there
 */
public record MergeFields(
    Fields at,
    String strategyName,
    String strategy,
    OptionalDouble density,
    Optional<String> majoritySign) {
  private static final String DENSITY = "density";
  private static final String MAJORITY_SIGN = "majority_sign_method";

  static MergeFields ours(Fields at) {
    at.only("strategy", DENSITY, MAJORITY_SIGN);
    return read(at, "strategy", at.requiredText("strategy"));
  }

  /** LoRAX's: the strategy may be left out. */
  public static MergeFields lorax(Fields at) {
    at.only("ids", "weights", "merge_strategy", DENSITY, MAJORITY_SIGN);
    return read(at, "merge_strategy", at.text("merge_strategy").orElse(Strategy.LINEAR.wire()));
  }

  private static MergeFields read(Fields at, String strategyName, String strategy) {
    return new MergeFields(at, strategyName, strategy, at.number(DENSITY), at.text(MAJORITY_SIGN));
  }

  /** An adapter by name, and a weight that is not 0. */
  public record Part(String name, double weight) {}

  /**
   * Who answers. The exact sum needs no merge.
   *
   * @param parts each name once
   * @param place the field that they stand in
   * @throws LorikeetException PARAMETER_OUT_OF_RANGE, PARAMETER_UNSUPPORTED, or REQUEST_INVALID for
   *     a density that is missing
   */
  public Target target(List<Part> parts, String place) {
    Strategy chosen = named(strategyName, () -> Strategy.of(strategy));
    MajoritySign sign =
        majoritySign
            .map(name -> named(MAJORITY_SIGN, () -> MajoritySign.of(name)))
            .orElse(MajoritySign.TOTAL);
    checkDensity(chosen);
    if (chosen == Strategy.CAT) {
      return new Target.Composed(
          parts.stream()
              .map(part -> new Target.Part(new Target.Reference.ByName(part.name()), part.weight()))
              .toList());
    }
    int least = chosen.prunes() ? 2 : 1;
    Fields.require(
        parts.size() >= least,
        place,
        "must hold at least " + least + " adapters for " + chosen.wire(),
        parts.size());
    return new Target.Merged(
        new Recipe<>(
            chosen,
            parts.stream().map(part -> new Recipe.Part<>(part.name(), part.weight())).toList(),
            density,
            sign));
  }

  // A density that nothing uses must be one all the same: LoRAX's clients send 0.
  private void checkDensity(Strategy chosen) {
    String place = at.full(DENSITY);
    if (chosen.prunes() && density.isEmpty()) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID, "`" + place + "` is required for " + chosen.wire());
    }
    density.ifPresent(value -> {
      boolean aboveLeast = chosen.prunes() ? value > 0 : value >= 0;
      String least = chosen.prunes() ? "> 0" : ">= 0";
      Fields.require(
          aboveLeast && value <= 1,
          place,
          "must be " + least + " and <= 1 for " + chosen.wire(),
          value);
    });
  }

  private <T> T named(String field, Supplier<T> choice) {
    try {
      return choice.get();
    } catch (LorikeetException e) {
      throw new LorikeetException(
          e.code(), "`" + at.full(field) + "` can't be chosen: " + e.getMessage(), e);
    }
  }
}
