package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.DecoderSpec.LayerSpec;
import io.lorikeet.engine.model.DecoderSpec.QkNorm;
import io.lorikeet.engine.model.DecoderSpec.QkvLayout;
import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.model.RopeSpec;
import io.lorikeet.gpu.forward.GeneralKernels.Scoring;
import java.util.ArrayList;
import java.util.List;

/** Self-attention of one layer: projections, norms, rotation, the cache, attention, output. */
final class SelfAttention {
  private final Parts parts;
  private final GeneralKernels kernels;
  private final DecoderSpec spec;
  private final Workspace at;
  private final KvPages pages;
  private final Heads.Qkv heads;

  private SelfAttention(Parts parts, KvPages pages) {
    this.parts = parts;
    this.pages = pages;
    kernels = parts.kernels();
    spec = parts.spec();
    at = parts.at();
    heads = Heads.of(spec, at);
  }

  /**
   * All of it, into the panel of updates.
   *
   * @param slopes address of the slopes of linear biases; 0 for none
   */
  static LayerTask of(Parts parts, KvPages pages, Panel input, long slopes) {
    SelfAttention attention = new SelfAttention(parts, pages);
    List<LayerTask> tasks = new ArrayList<>();
    attention.addProjections(input, tasks);
    attention.addHeadNorms(tasks);
    attention.addRotation(tasks);
    // All keys and values of the layer are written before any row attends.
    tasks.add(attention::write);
    tasks.add(attention.attend(slopes));
    tasks.add(parts.linear(attention.at.attended(), Projection.O, attention.at.update()));
    return Parts.all(tasks);
  }

  /** Attention alone, of queries in their panel to keys and values in their pages. */
  static LayerTask attendOnly(Parts parts, KvPages pages, long slopes) {
    return new SelfAttention(parts, pages).attend(slopes);
  }

  private void addProjections(Panel input, List<LayerTask> tasks) {
    boolean separate = spec.attention().layout() == QkvLayout.SEPARATE;
    List<Panel> panels = separate ? List.of(at.q(), at.k(), at.v()) : List.of(at.q());
    List<Projection> projections =
        separate ? List.of(Projection.Q, Projection.K, Projection.V) : List.of(Projection.QKV);
    for (int i = 0; i < panels.size(); i++) {
      tasks.add(parts.linear(input, projections.get(i), panels.get(i)));
    }
    float bound = spec.attention().clip();
    if (bound != 0f) {
      tasks.add(layer -> panels.forEach(y -> kernels.clip(y, bound, parts.shape().rows)));
    }
  }

  private void addHeadNorms(List<LayerTask> tasks) {
    QkNorm kind = spec.attention().qkNorm();
    if (kind == QkNorm.NONE) {
      return;
    }
    boolean whole = kind == QkNorm.WHOLE;
    Heads q = whole ? heads.q().whole() : heads.q();
    Heads k = whole ? heads.k().whole() : heads.k();
    int stride = kind == QkNorm.EACH_HEAD ? spec.headDim() : 0;
    tasks.add(layer -> norm(q, NormPlace.QUERY, stride, layer));
    tasks.add(layer -> norm(k, NormPlace.KEY, stride, layer));
  }

  private void norm(Heads x, NormPlace place, int weightStride, int layer) {
    DeviceNorm of = parts.weights().norm(layer, place);
    Adapters.Norms own = parts.adapters().norms(layer, place);
    kernels.headNorm(spec.norm(), x, of, own, weightStride, parts.shape().rows, spec.normEps());
  }

  private void addRotation(List<LayerTask> tasks) {
    List<RopeSpec> kinds = spec.ropes();
    int[] kind = spec.layerSpecs().stream().mapToInt(l -> kinds.indexOf(l.rope())).toArray();
    tasks.add(layer -> {
      if (!(kinds.get(kind[layer]) instanceof RopeSpec.None)) {
        rotate(heads.q(), kind[layer]);
        rotate(heads.k(), kind[layer]);
      }
    });
  }

  private void rotate(Heads x, int kind) {
    kernels.rope(
        x,
        parts.block().cosinesAt(kind),
        parts.block().sinesAt(kind),
        spec.attention().rotaryDim(),
        spec.attention().interleaved(),
        parts.shape().rows);
  }

  private void write(int layer) {
    kernels.writeKv(pages, layer, parts.block(), heads.k(), heads.v(), parts.shape().rows);
  }

  private LayerTask attend(long slopes) {
    DecoderSpec.Attention attention = spec.attention();
    StepBlock block = parts.block();
    Scoring[] scorings =
        spec.layerSpecs().stream()
            .map(LayerSpec::window)
            .map(window -> new Scoring(window, attention.scale(), attention.softCap(), slopes))
            .toArray(Scoring[]::new);
    return layer -> {
      int rows = parts.shape().rows;
      if (rows <= SplitAttention.ROWS_MAX) {
        SplitAttention split = parts.splitAttention();
        split.run(at.attended(), heads.q(), pages, layer, block, scorings[layer], rows);
      } else {
        kernels.attention(at.attended(), heads.q(), pages, layer, block, scorings[layer], rows);
      }
    };
  }
}
