package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.DecoderSpec.LayerSpec;
import io.lorikeet.engine.model.DecoderSpec.Positions;
import io.lorikeet.engine.model.DecoderSpec.QkNorm;
import io.lorikeet.engine.model.DecoderSpec.QkvLayout;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.step.Alibi;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Scores;
import java.util.List;

/** Self-attention of one layer: projections, norms, rotation, the cache, attention, output. */
final class SelfAttention implements LayerTask {
  private static final LayerTask NOTHING = layer -> {};

  private final Kernels kernels;
  private final WorkerPool pool;
  private final DecoderSpec spec;
  private final StepRows rows;
  private final Workspace at;
  private final KvCache kv;
  private final int headsPerKv;
  private final LayerSpec[] layers;
  private final Rotation[] rotations; // [layers]
  private final Scores[] scores; // [kvHeads]
  private final Heads.Qkv heads;
  private final Linear qkv;
  private final LayerTask clip;
  private final LayerTask headNorms;
  private final Linear o;
  private final WorkerPool.Task rotateAndStore = this::rotateAndStore;
  private final WorkerPool.Task attend = this::attend;
  private int layer;

  /**
   * @param then what happens to the output, in the panel of updates
   */
  SelfAttention(Parts parts, KvCache kv, Panel input, Linear.Then then) {
    kernels = parts.kernels();
    pool = parts.pool();
    spec = parts.spec();
    rows = parts.rows();
    at = parts.at();
    this.kv = kv;
    headsPerKv = spec.heads() / spec.kvHeads();
    layers = spec.layerSpecs().toArray(LayerSpec[]::new);
    rotations = Rotation.of(parts);
    scores = scores(spec);
    heads = Heads.of(spec, at);
    boolean separate = spec.attention().layout() == QkvLayout.SEPARATE;
    List<Panel> panels = separate ? List.of(at.q(), at.k(), at.v()) : List.of(at.q());
    qkv =
        parts.linear(
            input,
            separate ? List.of(Projection.Q, Projection.K, Projection.V) : List.of(Projection.QKV),
            panels,
            Linear.Then.NOTHING);
    float bound = spec.attention().clip();
    clip = bound == 0f ? NOTHING : new Clip(parts, bound, panels);
    headNorms =
        spec.attention().qkNorm() == QkNorm.NONE
            ? NOTHING
            : new HeadNorms(parts, heads.q(), heads.k());
    o = parts.linear(at.attended(), List.of(Projection.O), List.of(at.update()), then);
  }

  @Override
  public void run(int index) {
    layer = index;
    qkv.apply(index);
    clip.run(index);
    headNorms.run(index);
    pool.run(rotateAndStore);
    pool.run(attend);
    o.apply(index);
  }

  // All keys and values of the layer are written before any row attends.
  private void rotateAndStore(int part) {
    int units = rows.count * spec.kvHeads();
    for (int unit = pool.turn(part); unit < units; unit += pool.parts()) {
      rotateAndStore(unit / spec.kvHeads(), unit % spec.kvHeads());
    }
  }

  private void rotateAndStore(int row, int kvHead) {
    Rotation rotation = rotations[layer];
    float[] keys = heads.k().panel().data();
    int k = heads.k().at(row, kvHead);
    rotation.apply(heads.q().panel().data(), heads.q().at(row, kvHead), headsPerKv, row);
    rotation.apply(keys, k, 1, row);
    kernels.writeKv(
        kv.head(layer, kvHead),
        rows.block(row),
        rows.place(row),
        keys,
        k,
        heads.v().panel().data(),
        heads.v().at(row, kvHead));
  }

  // Taking turns balances the workers: later rows of a prompt attend to more positions. All rows
  // meet one head's keys and values, which then stay in a core's cache, before the next head's.
  private void attend(int part) {
    int units = rows.count * spec.kvHeads();
    for (int unit = pool.turn(part); unit < units; unit += pool.parts()) {
      attend(unit % rows.count, unit / rows.count);
    }
  }

  private void attend(int row, int kvHead) {
    int position = rows.position[row];
    kernels.attention(
        kv.head(layer, kvHead),
        rows.blocks,
        rows.table[row],
        layers[layer].start(position),
        position + 1,
        heads.q().panel().data(),
        heads.q().at(row, kvHead),
        headsPerKv,
        scores[kvHead],
        at.attended().data(),
        at.attended().at(row) + kvHead * headsPerKv * spec.headDim());
  }

  private static Scores[] scores(DecoderSpec spec) {
    DecoderSpec.Attention attention = spec.attention();
    int perKv = spec.heads() / spec.kvHeads();
    Scores[] scores = new Scores[spec.kvHeads()];
    for (int g = 0; g < scores.length; g++) {
      float[] slopes = {};
      if (attention.positions() == Positions.ALIBI) {
        slopes = new float[perKv];
        for (int h = 0; h < perKv; h++) {
          slopes[h] = Alibi.slope(g * perKv + h, spec.heads());
        }
      }
      scores[g] = new Scores(attention.scale(), attention.softCap(), slopes);
    }
    return scores;
  }
}
