package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelWeights;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.kernels.Activation;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.Scores;
import java.util.List;

/**
 * One step through the decoder, from token ids to the logits of the rows that emit. Reads as the
 * model is written in papers; how work is split among threads stands in the methods below and in
 * {@link Linear}.
 */
final class ForwardPass {
  private static final int SHARED_INPUT_MAX = 3;
  private static final int HEAD_TILE = 16;

  private final Kernels kernels;
  private final WorkerPool pool;
  private final DecoderSpec spec;
  private final ModelWeights weights;
  private final KvCache kv;
  private final StepRows rows;
  private final Segments segments;
  private final Workspace at;
  private final Activation activation;
  private final int headsPerKv;
  private final Scores scores;
  private final Linear qkv;
  private final Linear o;
  private final Linear gateUp;
  private final Linear down;
  private final WorkerPool.Task embed = this::embed;
  private final WorkerPool.Task norm = this::norm;
  private final WorkerPool.Task rotateAndStore = this::rotateAndStore;
  private final WorkerPool.Task attend = this::attend;
  private final WorkerPool.Task finalNorm = this::finalNorm;
  private final WorkerPool.Task head = this::head;
  private float[] normWeight = {};
  private int layer;

  ForwardPass(
      Kernels kernels,
      WorkerPool pool,
      LoadedModel model,
      KvCache kv,
      StepRows rows,
      Slots slots,
      int rowsMax) {
    this.kernels = kernels;
    this.pool = pool;
    spec = model.spec();
    weights = model.weights();
    this.kv = kv;
    this.rows = rows;
    segments = new Segments(kernels, pool, slots, rowsMax, SHARED_INPUT_MAX);
    at = Workspace.of(spec, rowsMax);
    activation = activation(spec);
    headsPerKv = spec.heads() / spec.kvHeads();
    scores = Scores.scaled(spec.attentionScale());
    qkv =
        linear(
            at.normed(),
            List.of(Projection.Q, Projection.K, Projection.V),
            List.of(at.q(), at.k(), at.v()),
            Linear.Then.NOTHING);
    o = linear(at.attended(), List.of(Projection.O), List.of(at.update()), this::addToResidual);
    gateUp =
        linear(
            at.normed(),
            List.of(Projection.GATE, Projection.UP),
            List.of(at.gate(), at.up()),
            this::activate);
    down = linear(at.gate(), List.of(Projection.DOWN), List.of(at.update()), this::addToResidual);
  }

  /** Runs a step; the logits of emitting row e are then row e of {@link #logits()}. */
  void run(Step step) {
    rows.read(step);
    segments.read(step);
    overRows(rows.count, embed);
    for (layer = 0; layer < spec.layers(); layer++) {
      norm(weights.attentionNorm(layer));
      qkv.apply(layer);
      pool.run(rotateAndStore);
      pool.run(attend);
      o.apply(layer);

      norm(weights.mlpNorm(layer));
      gateUp.apply(layer);
      down.apply(layer);
    }
    emit();
  }

  private void emit() {
    if (rows.emittingCount > 0) {
      normWeight = weights.finalNorm();
      overRows(rows.emittingCount, finalNorm);
      pool.run(head);
    }
  }

  /** {@code [emitting rows, vocab]} */
  Panel logits() {
    return at.logits();
  }

  private void embed(int worker) {
    for (int row = begin(worker); row < end(worker); row++) {
      kernels.widenRow(weights.embedding(), rows.token[row], at.x().data(), at.x().at(row));
    }
  }

  private void norm(float[] weight) {
    normWeight = weight;
    overRows(rows.count, norm);
  }

  private void norm(int worker) {
    for (int row = begin(worker); row < end(worker); row++) {
      norm(row, row);
    }
  }

  private void norm(int from, int to) {
    Panel x = at.x();
    Panel y = at.normed();
    kernels.rmsNorm(
        x.data(), x.at(from), normWeight, x.width(), spec.normEps(), y.data(), y.at(to));
  }

  // All keys and values of the layer are written before any row attends.
  private void rotateAndStore(int worker) {
    int units = rows.count * spec.kvHeads();
    for (int unit = worker; unit < units; unit += pool.workers()) {
      rotateAndStore(unit / spec.kvHeads(), unit % spec.kvHeads());
    }
  }

  private void rotateAndStore(int row, int kvHead) {
    int q = at.q().at(row) + kvHead * headsPerKv * spec.headDim();
    int k = at.k().at(row) + kvHead * spec.headDim();
    int v = at.v().at(row) + kvHead * spec.headDim();
    rotate(at.q(), q, headsPerKv, row);
    rotate(at.k(), k, 1, row);
    kernels.writeKv(
        kv.head(layer, kvHead),
        rows.block(row),
        rows.place(row),
        at.k().data(),
        k,
        at.v().data(),
        v);
  }

  private void rotate(Panel panel, int offset, int heads, int row) {
    kernels.rope(
        panel.data(),
        offset,
        heads,
        spec.headDim(),
        spec.headDim(),
        rows.cos,
        rows.sin,
        rows.rotaryAt(row));
  }

  // Taking turns balances the workers: later rows of a prompt attend to more positions.
  private void attend(int worker) {
    int units = rows.count * spec.kvHeads();
    for (int unit = worker; unit < units; unit += pool.workers()) {
      attend(unit / spec.kvHeads(), unit % spec.kvHeads());
    }
  }

  private void attend(int row, int kvHead) {
    int offset = kvHead * headsPerKv * spec.headDim();
    kernels.attention(
        kv.head(layer, kvHead),
        rows.blocks,
        rows.table[row],
        0,
        rows.position[row] + 1,
        at.q().data(),
        at.q().at(row) + offset,
        headsPerKv,
        scores,
        at.attended().data(),
        at.attended().at(row) + offset);
  }

  private void addToResidual(int begin, int end) {
    Panel update = at.update();
    Panel x = at.x();
    for (int row = 0; row < rows.count && begin < end; row++) {
      kernels.add(update.data(), update.at(row) + begin, x.data(), x.at(row) + begin, end - begin);
    }
  }

  private void activate(int begin, int end) {
    float[] gate = at.gate().data();
    float[] up = at.up().data();
    for (int row = 0; row < rows.count && begin < end; row++) {
      int offset = at.gate().at(row) + begin;
      kernels.gatedActivation(
          activation, gate, offset, up, at.up().at(row) + begin, gate, offset, end - begin);
    }
  }

  private void finalNorm(int worker) {
    int end = pool.end(rows.emittingCount, worker);
    for (int e = pool.begin(rows.emittingCount, worker); e < end; e++) {
      norm(rows.emitting[e], e);
    }
  }

  private void head(int worker) {
    Matrix matrix = weights.head();
    Panel x = at.normed();
    Panel y = at.logits();
    int begin = pool.tileBegin(matrix.rows(), HEAD_TILE, worker);
    int end = pool.tileEnd(matrix.rows(), HEAD_TILE, worker);
    if (begin < end) {
      kernels.matmul(
          matrix,
          begin,
          end,
          x.data(),
          x.stride(),
          rows.identity,
          y.data(),
          y.stride(),
          0,
          rows.identity,
          0,
          rows.emittingCount);
    }
  }

  private int begin(int worker) {
    return pool.begin(rows.count, worker);
  }

  private int end(int worker) {
    return pool.end(rows.count, worker);
  }

  // The engine thread has the first row: a single one is not worth waking the others.
  private void overRows(int count, WorkerPool.Task task) {
    if (count == 1) {
      task.run(0);
    } else {
      pool.run(task);
    }
  }

  private Linear linear(
      Panel input, List<Projection> projections, List<Panel> outputs, Linear.Then then) {
    Linear.Group group = new Linear.Group(input, projections, outputs, then);
    return new Linear(kernels, pool, weights, spec.layers(), rows, segments, group);
  }

  private static Activation activation(DecoderSpec spec) {
    return switch (spec.activation()) {
      case SILU -> Activation.SILU;
      case GELU -> Activation.GELU;
      case GELU_TANH -> Activation.GELU_TANH;
    };
  }
}
