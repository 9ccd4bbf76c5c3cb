package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.ModelWeights;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.PackedB;
import java.util.Arrays;
import java.util.List;

/**
 * The projections of a layer that share an input: {@code y = rowScale * (W x + B A x) + bias} for
 * every row of the step. Each part of the work has its own outputs.
 *
 * <p>One run does all: with adapters its parts begin with A x, see {@link ShrinkUnits}.
 */
final class Linear {
  /** What is done with outputs {@code [begin, end)} of all rows once they are there. */
  interface Then {
    Then NOTHING = (begin, end) -> {};

    void apply(int begin, int end);
  }

  /**
   * Projections with one input.
   *
   * @param outputs one panel per projection
   * @param then once per part, with its outputs of the first projection; all are as wide unless it
   *     does nothing
   */
  record Group(Panel input, List<Projection> projections, List<Panel> outputs, Then then) {}

  private static final float[] NO_BIAS = {};

  /** From so many segments on, calls for a part's share of B cost more than its bytes do. */
  private static final int SEGMENTS_MANY = 4;

  private final Kernels kernels;
  private final WorkerPool pool;
  private final StepRows rows;
  private final Segments segments;
  private final ShrinkUnits shrinks;
  private final Parts parts;
  private final Panel input;
  private final Input whole;
  private final List<Panel> outputs;
  private final Then then;
  private final Weight[][] weights; // [layers][projections]
  private final float[][][] biases;
  private final Place[][] places;
  private final boolean[] scales; // [projections] an adapter of the step scales the inputs
  private final Input[] copies; // [projections] the inputs, scaled; empty until one is needed
  private final WorkerPool.Task copyInputs = this::copyInputs;
  private final WorkerPool.Task quantizeInputs = this::quantizeInputs;
  private final WorkerPool.Task multiply = this::multiply;
  private int layer;
  private boolean adapted;
  private int joined = 1; // parts

  Linear(Parts parts, Group group) {
    this.parts = parts;
    kernels = parts.kernels();
    pool = parts.pool();
    rows = parts.rows();
    segments = parts.segments();
    shrinks = new ShrinkUnits(segments);
    input = group.input;
    whole = parts.base().input(input);
    int layers = parts.spec().layers();
    ModelWeights model = parts.weights();
    List<Projection> projections = group.projections;
    outputs = group.outputs;
    then = group.then;
    weights = new Weight[layers][projections.size()];
    biases = new float[layers][projections.size()][];
    places = new Place[layers][projections.size()];
    scales = new boolean[projections.size()];
    copies = new Input[projections.size()];
    Arrays.fill(copies, Input.exact(new Panel(NO_BIAS, 0, 0)));
    for (int l = 0; l < layers; l++) {
      for (int p = 0; p < projections.size(); p++) {
        weights[l][p] = parts.base().of(model.projection(l, projections.get(p)));
        biases[l][p] = model.bias(l, projections.get(p)).orElse(NO_BIAS);
        places[l][p] = Place.of(l, projections.get(p));
      }
    }
  }

  void apply(int index) {
    layer = index;
    adapted = segments.change(places[index]);
    joined = adapted && segments.count() >= SEGMENTS_MANY ? pool.partsOfWorker() : 1;
    if (adapted) {
      scaleInputs();
      shrinks.list(places[index]);
    }
    if (parts.base().quantizes()) {
      parts.overRows(rows.count, quantizeInputs);
    }
    pool.run(multiply);
  }

  // Only for an adapter that scales inputs are they copied; all rows of the step then read the
  // copy.
  private void scaleInputs() {
    for (int p = 0; p < copies.length; p++) {
      scales[p] = segments.scaleInputs(places[layer][p]);
      if (scales[p] && copies[p].panel().data().length == 0) {
        float[] floats = new float[input.data().length];
        copies[p] = parts.base().input(new Panel(floats, input.width(), input.stride()));
      }
    }
    for (boolean any : scales) {
      if (any) {
        pool.run(copyInputs);
        return;
      }
    }
  }

  private void copyInputs(int part) {
    int begin = pool.begin(rows.count, part);
    int end = pool.end(rows.count, part);
    int from = input.at(begin);
    for (int p = 0; p < copies.length; p++) {
      if (scales[p] && begin < end) {
        Panel copy = copies[p].panel();
        System.arraycopy(input.data(), from, copy.data(), from, input.at(end) - from);
        segments.scaleInputs(places[layer][p], copy, begin, end);
      }
    }
  }

  private void quantizeInputs(int part) {
    int begin = parts.begin(part);
    int end = parts.end(part);
    whole.quantize(kernels, begin, end);
    for (int p = 0; p < copies.length && adapted; p++) {
      if (scales[p]) {
        copies[p].quantize(kernels, begin, end);
      }
    }
  }

  private void multiply(int part) {
    if (adapted) {
      shrinks.run(input);
    }
    for (int p = 0; p < weights[layer].length; p++) {
      Panel y = outputs.get(p);
      Input x = adapted && scales[p] ? copies[p] : whole;
      multiply(weights[layer][p], x, y, begin(y, part), end(y, part));
    }
    if (adapted) {
      shrinks.await();
      finish(part);
    }
    for (int p = 0; p < weights[layer].length; p++) {
      addBias(biases[layer][p], outputs.get(p), part);
    }
    Panel first = outputs.getFirst();
    then.apply(begin(first, part), end(first, part));
  }

  private void multiply(Weight w, Input x, Panel y, int begin, int end) {
    if (begin < end) {
      int[] all = rows.identity;
      w.multiply(kernels, begin, end, x, all, y, all, 0, rows.count);
    }
  }

  private void finish(int part) {
    for (int p = 0; p < weights[layer].length; p++) {
      Panel y = outputs.get(p);
      int begin = begin(y, part);
      int end = end(y, part);
      if (begin < end) {
        segments.finish(places[layer][p], p, y, begin, end);
      }
    }
  }

  private void addBias(float[] bias, Panel y, int part) {
    int begin = begin(y, part);
    int width = end(y, part) - begin;
    for (int row = 0; row < rows.count && bias.length > 0; row++) {
      kernels.add(bias, begin, y.data(), y.at(row) + begin, width);
    }
  }

  // Whole tiles of B, which are added to what the cache still has of the base's part.
  private int begin(Panel y, int part) {
    return pool.tileBegin(y.width(), PackedB.TILE, Math.ceilDiv(part, joined) * joined);
  }

  // Of parts that are joined, the first one has all outputs.
  private int end(Panel y, int part) {
    return begin(y, part + 1);
  }
}
