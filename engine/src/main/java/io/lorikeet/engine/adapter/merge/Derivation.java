package io.lorikeet.engine.adapter.merge;

import io.lorikeet.engine.adapter.GenerationId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/**
 * A recipe over generations and the generation that it makes. Its parts are in the order of their
 * generations, whatever order they were given in: every strategy is symmetric, and so the same
 * merge has the same identity and the same bits.
 */
public record Derivation(GenerationId generation, Recipe<GenerationId> recipe) {
  /** Changes with the arithmetic, so that other bits never have an old name. */
  private static final String VERSION = "lorikeet merge 1";

  public Derivation {
    if (!generation.equals(identity(recipe))) {
      throw new IllegalArgumentException("`generation` must be the recipe's own");
    }
  }

  /** What a recipe makes. */
  public static Derivation of(Recipe<GenerationId> recipe) {
    List<Recipe.Part<GenerationId>> sorted =
        recipe.parts().stream().sorted(Comparator.comparing(Recipe.Part::adapter)).toList();
    Recipe<GenerationId> canonical =
        new Recipe<>(recipe.strategy(), sorted, recipe.density(), recipe.majoritySign());
    return new Derivation(identity(canonical), canonical);
  }

  private static GenerationId identity(Recipe<GenerationId> recipe) {
    StringBuilder text = new StringBuilder(VERSION).append('\n');
    text.append(recipe.strategy().wire()).append('\n');
    text.append(bits(recipe.density().orElse(0))).append('\n');
    text.append(recipe.majoritySign().wire()).append('\n');
    for (Recipe.Part<GenerationId> part : recipe.parts()) {
      text.append(part.adapter().hash()).append(' ').append(bits(part.weight())).append('\n');
    }
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] hash = digest.digest(text.toString().getBytes(StandardCharsets.UTF_8));
      return new GenerationId(HexFormat.of().formatHex(hash));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static String bits(double value) {
    return HexFormat.of().toHexDigits(Double.doubleToLongBits(value));
  }
}
