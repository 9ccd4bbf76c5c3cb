package io.lorikeet.engine.model;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Rotary options in both spellings: {@code rope_scaling} with {@code rope_type} or {@code type} and
 * {@code rope_theta} beside it, or all of it in {@code rope_parameters}. Where both stand, {@code
 * rope_scaling} decides, as in transformers 5.
 */
final class RopeReader {
  private static final int CONTEXT_MAX = 1 << 24;

  private RopeReader() {}

  /**
   * A rotary embedding.
   *
   * @param dim dimensions of a head that rotate
   */
  record Rotary(RopeSpec spec, int dim) {}

  /**
   * What a family of models has of its own.
   *
   * @param theta where the config has none
   * @param thetaName field beside the rotary options
   * @param partial part of a head that rotates where the config has none; empty where the family
   *     always rotates whole heads
   * @param partialName field beside the rotary options
   * @param longRope whether it is rotated with factors per dimension instead of the other kinds of
   *     scaling
   */
  record Family(
      double theta,
      String thetaName,
      Optional<Double> partial,
      String partialName,
      boolean longRope) {
    static final Family LLAMA = whole(10_000);

    /** Rotates whole heads. */
    static Family whole(double theta) {
      return new Family(theta, "rope_theta", Optional.empty(), "partial_rotary_factor", false);
    }

    /** Rotates a part of a head. */
    static Family partial(double part) {
      return new Family(10_000, "rope_theta", Optional.of(part), "partial_rotary_factor", false);
    }
  }

  private record Contexts(Optional<Integer> outer, int max, int original) {}

  static Rotary read(ConfigFields config, Sizes sizes, Family family) {
    Optional<ConfigFields> modern = config.object("rope_parameters");
    return read(config, config.object("rope_scaling").or(() -> modern), sizes, family);
  }

  /** Gemma 3: one embedding for layers with full attention, one for sliding layers. */
  record Pair(Rotary full, Rotary sliding) {}

  static Pair readPair(ConfigFields config, Sizes sizes) {
    Family full = Family.whole(1_000_000);
    Optional<ConfigFields> modern = config.object("rope_parameters");
    if (modern.isEmpty()) {
      double local = config.optionalPositiveNumber("rope_local_base_freq").orElse(10_000.0);
      return new Pair(
          read(config, config.object("rope_scaling"), sizes, full),
          new Rotary(new RopeSpec.Default(local), evenDim(sizes, 1)));
    }
    ConfigFields nested = modern.get();
    Pair pair =
        new Pair(
            read(config, nested.object("full_attention"), sizes, full),
            read(config, nested.object("sliding_attention"), sizes, Family.LLAMA));
    nested.finish(Set.of(), Set.of());
    return pair;
  }

  private static Rotary read(
      ConfigFields config, Optional<ConfigFields> found, Sizes sizes, Family family) {
    Optional<Double> outerTheta = config.optionalPositiveNumber(family.thetaName);
    Optional<Integer> outerContext =
        config.optionalPositive("original_max_position_embeddings", CONTEXT_MAX);
    Optional<Double> outerPartial =
        family.partial.flatMap(part -> config.optionalPositiveNumber(family.partialName));
    double part = outerPartial.or(family::partial).orElse(1.0);
    if (found.isEmpty()) {
      RopeSpec spec = new RopeSpec.Default(outerTheta.orElse(family.theta));
      return new Rotary(spec, evenDim(sizes, part));
    }
    ConfigFields rope = found.get();
    double theta =
        rope.optionalPositiveNumber("rope_theta").or(() -> outerTheta).orElse(family.theta);
    Optional<Integer> ownContext =
        rope.optionalPositive("original_max_position_embeddings", CONTEXT_MAX);
    Optional<Double> ownPart = rope.optionalPositiveNumber("partial_rotary_factor");
    if (family.partial.isEmpty() && ownPart.orElse(1.0) != 1.0) {
      throw rope.unsupported("partial_rotary_factor", "1");
    }
    int dim = evenDim(sizes, ownPart.orElse(part));
    int original = outerContext.or(() -> ownContext).orElse(sizes.contextMax());
    Contexts contexts = new Contexts(outerContext, sizes.contextMax(), original);
    RopeSpec spec = spec(rope, theta, dim, contexts, family);
    rope.finish(Set.of("finetuned"), Set.of());
    return new Rotary(spec, dim);
  }

  private static RopeSpec spec(
      ConfigFields rope, double theta, int dim, Contexts contexts, Family family) {
    Optional<String> old = rope.text("type");
    String type = rope.text("rope_type").or(() -> old).orElse("default");
    if (family.longRope) {
      return switch (type) {
        case "default" -> new RopeSpec.Default(theta);
        // Older revisions call the same thing su and yarn.
        case "longrope", "su", "yarn" -> longRope(rope, theta, dim, contexts);
        default -> throw rope.unsupported("rope_type", "default or longrope");
      };
    }
    return switch (type) {
      case "default" -> new RopeSpec.Default(theta);
      case "linear" -> new RopeSpec.Linear(theta, factor(rope));
      case "dynamic" -> dynamic(rope, theta, dim, contexts.max);
      case "llama3" -> llama3(rope, theta, contexts.original);
      case "yarn" -> yarn(rope, theta, contexts.original);
      default -> throw rope.unsupported("rope_type", "default, linear, dynamic, llama3 or yarn");
    };
  }

  private static int evenDim(Sizes sizes, double part) {
    int dim = (int) (sizes.headDim() * part);
    if (dim % 2 != 0 || dim < 2 || dim > sizes.headDim()) {
      throw new LorikeetException(
          ErrorCode.MODEL_CONFIG_INVALID,
          "config.json: the rotating part of `head_dim` must be even, from 2 to %d. Given: %d"
              .formatted(sizes.headDim(), dim));
    }
    return dim;
  }

  private static double factor(ConfigFields rope) {
    return rope.optionalPositiveNumber("factor")
        .filter(factor -> factor >= 1)
        .orElseThrow(() -> rope.invalid("factor", "a number >= 1"));
  }

  // theta grows by a power of dim / (dim - 2).
  private static RopeSpec dynamic(ConfigFields rope, double theta, int dim, int contextMax) {
    if (dim < 4) {
      throw rope.invalid("rope_type", "another where only " + dim + " dimensions of a head rotate");
    }
    return new RopeSpec.Dynamic(theta, factor(rope), contextMax);
  }

  private static RopeSpec llama3(ConfigFields rope, double theta, int original) {
    double low = required(rope, "low_freq_factor");
    double high = required(rope, "high_freq_factor");
    if (high <= low) {
      throw rope.invalid("high_freq_factor", "above low_freq_factor, " + low);
    }
    return new RopeSpec.Llama3(theta, factor(rope), low, high, original);
  }

  private static RopeSpec yarn(ConfigFields rope, double theta, int original) {
    if (theta == 1) {
      throw rope.invalid("rope_theta", "other than 1, whose logarithm yarn divides by");
    }
    double factor = factor(rope);
    Optional<Double> mscale = rope.optionalPositiveNumber("mscale");
    Optional<Double> mscaleAllDim = rope.optionalPositiveNumber("mscale_all_dim");
    double byScale =
        mscale.isPresent() && mscaleAllDim.isPresent()
            ? magnitude(factor, mscale.get()) / magnitude(factor, mscaleAllDim.get())
            : magnitude(factor, 1);
    return new RopeSpec.Yarn(
        theta,
        factor,
        rope.optionalPositiveNumber("beta_fast").orElse(32.0),
        rope.optionalPositiveNumber("beta_slow").orElse(1.0),
        original,
        rope.optionalPositiveNumber("attention_factor").orElse(byScale),
        rope.flag("truncate", true));
  }

  private static double magnitude(double factor, double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  }

  private static double required(ConfigFields rope, String name) {
    return rope.optionalPositiveNumber(name)
        .orElseThrow(() -> rope.invalid(name, "a finite number > 0"));
  }

  private static RopeSpec longRope(ConfigFields rope, double theta, int dim, Contexts contexts) {
    List<Double> brief = rope.positiveNumbers("short_factor");
    List<Double> lengthy = rope.positiveNumbers("long_factor");
    if (brief.size() != dim / 2) {
      throw rope.invalid("short_factor", "a list of " + dim / 2 + " numbers");
    }
    if (lengthy.size() != dim / 2) {
      throw rope.invalid("long_factor", "a list of " + dim / 2 + " numbers");
    }
    Optional<Double> given = rope.optionalPositiveNumber("factor");
    double factor =
        given
            .filter(f -> contexts.outer.isEmpty())
            .orElse(contexts.max / (double) contexts.original);
    double byFactor =
        factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(contexts.original));
    double attention = rope.optionalPositiveNumber("attention_factor").orElse(byFactor);
    return new RopeSpec.LongRope(theta, brief, lengthy, contexts.original, attention);
  }
}
