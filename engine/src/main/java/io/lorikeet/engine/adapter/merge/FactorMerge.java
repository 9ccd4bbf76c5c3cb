package io.lorikeet.engine.adapter.merge;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.Widen;

/**
 * Merges the factors of one module. What comes out has the scale 1.
 *
 * <p>The strategies that work entry by entry give each factor the root of the scaled weight, and A
 * its sign. So one adapter alone comes out right, and of several also products of one's A and the
 * other's B: {@code sum_i sum_j sqrt(w_i s_i w_j s_j) B_i A_j}.
 */
final class FactorMerge {
  /** Both factors of a module, row-major: A {@code [rank, in]} and B {@code [out, rank]}. */
  record Merged(float[] a, float[] b) {}

  private final Recipe<?> recipe;
  private final RandomPruning random;

  FactorMerge(Recipe<?> recipe, GenerationId derived) {
    this.recipe = recipe;
    this.random = new RandomPruning(derived);
  }

  Merged merge(ModuleMerge module) {
    if (recipe.strategy() == Strategy.CAT) {
      return joined(module);
    }
    int count = module.parts().size();
    float[][] a = new float[count][];
    float[][] b = new float[count][];
    double[] weightsOfA = new double[count];
    double[] weightsOfB = new double[count];
    for (int p = 0; p < count; p++) {
      ModuleMerge.Part part = module.parts().get(p);
      a[p] = pruned(part.factors().a(), module.place(), 2 * part.number());
      b[p] = pruned(part.factors().b(), module.place(), 2 * part.number() + 1);
      if (recipe.strategy() == Strategy.LORAX_LINEAR) {
        weightsOfA[p] = part.weight();
        weightsOfB[p] = part.scaledWeight();
      } else {
        double root = Math.sqrt(Math.abs(part.scaledWeight()));
        weightsOfA[p] = Math.copySign(root, part.scaledWeight());
        weightsOfB[p] = root;
      }
    }
    return new Merged(merged(a, weightsOfA), merged(b, weightsOfB));
  }

  private float[] merged(float[][] parts, double[] weights) {
    return recipe.strategy().electsSigns()
        ? ElementMerge.elected(parts, weights, recipe.majoritySign())
        : ElementMerge.sum(parts, weights);
  }

  private float[] pruned(Matrix matrix, Place place, int number) {
    float[] values = floats(matrix);
    switch (recipe.strategy().pruning()) {
      case NONE -> {}
      case MAGNITUDE -> Pruning.byMagnitude(values, recipe.density().orElseThrow());
      case RANDOM -> random.prune(values, recipe.density().orElseThrow(), place, number);
    }
    return values;
  }

  // A's rows one below the other, each adapter's times its scaled weight; B's columns side by side.
  private Merged joined(ModuleMerge module) {
    int rank = module.rank(Strategy.CAT);
    int in = module.inputs();
    float[] a = new float[rank * in];
    float[] b = new float[module.outputs() * rank];
    int begin = 0;
    for (ModuleMerge.Part part : module.parts()) {
      float[] partA = floats(part.factors().a());
      for (int i = 0; i < partA.length; i++) {
        a[begin * in + i] = (float) (partA[i] * part.scaledWeight());
      }
      float[] partB = floats(part.factors().b());
      int partRank = part.factors().rank();
      for (int row = 0; row < module.outputs(); row++) {
        System.arraycopy(partB, row * partRank, b, row * rank + begin, partRank);
      }
      begin += partRank;
    }
    return new Merged(a, b);
  }

  private static float[] floats(Matrix matrix) {
    float[] floats = new float[Math.multiplyExact(matrix.rows(), matrix.cols())];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = Widen.element(matrix.dtype(), matrix.data(), i);
    }
    return floats;
  }
}
