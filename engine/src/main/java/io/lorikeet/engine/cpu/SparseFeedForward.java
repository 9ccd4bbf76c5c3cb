package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.DecoderSpec.MlpKind;
import io.lorikeet.engine.model.Experts;
import io.lorikeet.engine.model.ModelWeights.ExpertWeights;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.kernels.Activation;
import io.lorikeet.kernels.ExactMath;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.PackedB;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The sparse feed-forward layer: {@code y = sigmoid(s . x) * shared(x) + sum of weight *
 * expert(x)}, the sum over a row's experts in ascending order. Rows are grouped by expert, so that
 * an expert's weights are read once per step. Each part has its own outputs.
 *
 * <p>Adapters change the scores before experts are chosen, and the experts that their rows go to.
 * As in {@link Linear}, a step whose adapters do neither runs as one without adapters.
 */
final class SparseFeedForward implements LayerTask {
  private static final LayerTask NO_SHARED_EXPERT = layer -> {};

  /** {@link ExpertWeights} as they are multiplied with. */
  private record Layer(
      Weight router,
      Optional<Weight> sharedGate,
      List<Weight> gate,
      List<Weight> up,
      List<Weight> down) {
    static Layer of(ExpertWeights stored, BaseWeights base) {
      return new Layer(
          new Weight.Stored(stored.router()),
          stored.sharedGate().map(Weight.Stored::new),
          stored.gate().stream().map(base::of).toList(),
          stored.up().stream().map(base::of).toList(),
          stored.down().stream().map(base::of).toList());
    }
  }

  private final Kernels kernels;
  private final WorkerPool pool;
  private final StepRows rows;
  private final Parts parts;
  private final Panel input;
  private final Input scored; // what routers read
  private final Input wide; // what experts read
  private final Input inner; // what their last matrix reads
  private final Linear.Then then;
  private final Activation activation;
  private final Panel routed; // [rows, experts]
  private final Panel sharedGate; // [rows, 1]
  private final Panel gate; // [choices, intermediate]
  private final Panel up;
  private final Panel out; // [choices, hidden]
  private final Panel update;
  private final LayerTask shared;
  private final List<Layer> layers;
  private final Place[][] scores; // [layers] router, gate of the shared expert
  private final Routing routing;
  private final Segments segments;
  private final ExpertSegments ofExperts;
  private final int[] identity; // [choices]
  private final WorkerPool.Task route = this::route;
  private final WorkerPool.Task quantizeWide = this::quantizeWide;
  private final WorkerPool.Task quantizeInner = this::quantizeInner;
  private final WorkerPool.Task widen = this::widen;
  private final WorkerPool.Task finishWide = this::finishWide;
  private final WorkerPool.Task narrow = this::narrow;
  private final WorkerPool.Task finishNarrow = this::finishNarrow;
  private Layer weights;
  private int layer;
  private boolean adaptsScores;
  private boolean adaptsExperts;

  /**
   * @param then what happens to the output, in the panel of updates
   */
  SparseFeedForward(Parts parts, Panel input, Linear.Then then) {
    this.parts = parts;
    kernels = parts.kernels();
    pool = parts.pool();
    rows = parts.rows();
    this.input = input;
    this.then = then;
    activation = parts.activation();
    Workspace.Sparse at = parts.at().sparse();
    routed = at.routed();
    sharedGate = at.sharedGate();
    gate = at.gate();
    up = at.up();
    out = at.out();
    update = parts.at().update();
    scored = Input.exact(input);
    wide = parts.base().input(input);
    inner = parts.base().input(gate);
    DecoderSpec spec = parts.spec();
    shared =
        spec.mlp() == MlpKind.NONE
            ? NO_SHARED_EXPERT
            : new FeedForward(parts, input, Linear.Then.NOTHING);
    layers =
        IntStream.range(0, spec.layers())
            .mapToObj(layer -> Layer.of(parts.weights().experts(layer).orElseThrow(), parts.base()))
            .toList();
    weights = layers.getFirst();
    scores =
        IntStream.range(0, spec.layers())
            .mapToObj(layer -> new Place[] {Place.router(layer), Place.sharedGate(layer)})
            .toArray(Place[][]::new);
    Experts experts = spec.experts().orElseThrow();
    int rowsMax = rows.identity.length;
    routing = new Routing(experts, rowsMax);
    segments = parts.segments();
    ofExperts = new ExpertSegments(kernels, pool, segments, experts, rowsMax);
    identity = new int[rowsMax * experts.perToken()];
    Arrays.setAll(identity, i -> i);
  }

  @Override
  public void run(int index) {
    layer = index;
    weights = layers.get(index);
    shared.run(index);
    adaptsScores = segments.change(scores[index]);
    pool.run(route);
    if (adaptsScores) {
      finishScores();
    }
    routing.choose(routed, rows.count);
    adaptsExperts = ofExperts.read(index, routing);
    if (parts.base().quantizes()) {
      parts.overRows(rows.count, quantizeWide);
    }
    pool.run(widen);
    if (adaptsExperts) {
      pool.run(finishWide);
    }
    if (parts.base().quantizes()) {
      pool.run(quantizeInner);
    }
    pool.run(narrow);
    if (adaptsExperts) {
      pool.run(finishNarrow);
    }
  }

  private void quantizeWide(int part) {
    wide.quantize(kernels, parts.begin(part), parts.end(part));
  }

  private void quantizeInner(int part) {
    int choices = routing.choices();
    inner.quantize(kernels, pool.begin(choices, part), pool.end(choices, part));
  }

  private void route(int part) {
    multiply(weights.router(), 1, part, scored, rows.identity, routed, 0, rows.count);
    if (weights.sharedGate().isPresent()) {
      Weight one = weights.sharedGate().get();
      multiply(one, 1, part, scored, rows.identity, sharedGate, 0, rows.count);
    }
    if (adaptsScores) {
      segments.shrink(part, scores[layer][0], 0, input);
      segments.shrink(part, scores[layer][1], 1, input);
    }
  }

  // A few values per row: not worth waking the workers.
  private void finishScores() {
    segments.finish(scores[layer][0], 0, routed, 0, routed.width());
    segments.finish(scores[layer][1], 1, sharedGate, 0, 1);
  }

  private void widen(int part) {
    int begin = pool.tileBegin(gate.width(), PackedB.TILE, part);
    int end = pool.tileEnd(gate.width(), PackedB.TILE, part);
    for (int e = 0; e < routing.experts() && begin < end; e++) {
      int from = routing.begin(e);
      int to = routing.begin(e + 1);
      if (from < to) {
        multiply(weights.gate().get(e), PackedB.TILE, part, wide, routing.rows(), gate, from, to);
        multiply(weights.up().get(e), PackedB.TILE, part, wide, routing.rows(), up, from, to);
      }
      if (!adaptsExperts) {
        activate(from, to, begin, end);
      }
    }
    if (adaptsExperts) {
      ofExperts.shrink(part, Projection.GATE, 0, input, ofExperts.rows());
      ofExperts.shrink(part, Projection.UP, 1, input, ofExperts.rows());
    }
  }

  private void finishWide(int part) {
    int begin = pool.tileBegin(gate.width(), PackedB.TILE, part);
    int end = pool.tileEnd(gate.width(), PackedB.TILE, part);
    if (begin < end) {
      ofExperts.finish(Projection.GATE, 0, gate, begin, end);
      ofExperts.finish(Projection.UP, 1, up, begin, end);
      activate(0, routing.choices(), begin, end);
    }
  }

  private void activate(int from, int to, int begin, int end) {
    for (int i = from; i < to; i++) {
      int at = gate.at(i) + begin;
      kernels.gatedActivation(
          activation, gate.data(), at, up.data(), up.at(i) + begin, gate.data(), at, end - begin);
    }
  }

  private void narrow(int part) {
    int begin = pool.tileBegin(out.width(), PackedB.TILE, part);
    int end = pool.tileEnd(out.width(), PackedB.TILE, part);
    if (begin < end && !adaptsExperts) {
      startSum(begin, end);
    }
    for (int e = 0; e < routing.experts() && begin < end; e++) {
      int from = routing.begin(e);
      int to = routing.begin(e + 1);
      if (from < to) {
        multiply(weights.down().get(e), PackedB.TILE, part, inner, identity, out, from, to);
      }
      if (!adaptsExperts) {
        addChoices(from, to, begin, end);
      }
    }
    if (adaptsExperts) {
      ofExperts.shrink(part, Projection.DOWN, 0, gate, ofExperts.choices());
    } else {
      then.apply(begin, end);
    }
  }

  private void finishNarrow(int part) {
    int begin = pool.tileBegin(out.width(), PackedB.TILE, part);
    int end = pool.tileEnd(out.width(), PackedB.TILE, part);
    if (begin < end) {
      ofExperts.finish(Projection.DOWN, 0, out, begin, end);
      startSum(begin, end);
      addChoices(0, routing.choices(), begin, end);
    }
    then.apply(begin, end);
  }

  private void startSum(int begin, int end) {
    boolean isShared = weights.sharedGate().isPresent();
    for (int row = 0; row < rows.count; row++) {
      int at = update.at(row);
      if (isShared) {
        float factor = 1f / (1f + ExactMath.exp(-sharedGate.data()[sharedGate.at(row)]));
        kernels.scale(factor, update.data(), at + begin, end - begin);
      } else {
        Arrays.fill(update.data(), at + begin, at + end, 0f);
      }
    }
  }

  private void addChoices(int from, int to, int begin, int end) {
    for (int i = from; i < to; i++) {
      kernels.addScaled(
          routing.weight(i),
          out.data(),
          out.at(i) + begin,
          update.data(),
          update.at(routing.rows()[i]) + begin,
          end - begin);
    }
  }

  // A part's outputs for entries [from, to), which become the rows of y with their numbers.
  private void multiply(
      Weight w, int tile, int part, Input x, int[] xRows, Panel y, int from, int to) {
    int begin = pool.tileBegin(w.rows(), tile, part);
    int end = pool.tileEnd(w.rows(), tile, part);
    if (begin < end) {
      w.multiply(kernels, begin, end, x, xRows, y, identity, from, to);
    }
  }
}
