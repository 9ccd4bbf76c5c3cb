package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.DecoderSpec.QkvLayout;
import org.junit.jupiter.api.Test;

/** Four query heads, two key/value heads, 16 dimensions. */
final class HeadsTest {
  private final DecoderSpec llama = TestModels.model("llama").spec();

  @Test
  void separateMatricesHaveAHeadAfterTheOther() {
    assertArrayEquals(new int[] {0, 32, 0, 16, 0, 16}, begins(QkvLayout.SEPARATE));
  }

  @Test
  void stackedMatrixHasQueriesThenKeysThenValues() {
    assertArrayEquals(new int[] {0, 32, 64, 80, 96, 112}, begins(QkvLayout.STACKED));
  }

  @Test
  void groupedMatrixHasPerKeyValueHeadItsQueriesItsKeyItsValue() {
    assertArrayEquals(new int[] {0, 64, 32, 96, 48, 112}, begins(QkvLayout.GROUPED));
  }

  // Queries, keys and values of both groups, in the second row.
  private int[] begins(QkvLayout layout) {
    DecoderSpec.Attention a = llama.attention();
    DecoderSpec spec =
        with(
            new DecoderSpec.Attention(
                layout,
                a.qkNorm(),
                a.scale(),
                a.softCap(),
                a.clip(),
                a.positions(),
                a.rotaryDim(),
                a.interleaved()));
    Heads.Qkv heads = Heads.of(spec, Workspace.of(spec, 2));
    return new int[] {
      begin(heads.q(), 0),
      begin(heads.q(), 1),
      begin(heads.k(), 0),
      begin(heads.k(), 1),
      begin(heads.v(), 0),
      begin(heads.v(), 1)
    };
  }

  private static int begin(Heads heads, int group) {
    return heads.at(1, group) - heads.panel().at(1);
  }

  private DecoderSpec with(DecoderSpec.Attention attention) {
    return new DecoderSpec(
        llama.modelType(),
        llama.layers(),
        llama.hidden(),
        llama.heads(),
        llama.kvHeads(),
        llama.headDim(),
        llama.intermediate(),
        llama.vocab(),
        llama.contextMax(),
        llama.norm(),
        llama.normEps(),
        llama.residual(),
        attention,
        llama.mlp(),
        llama.activation(),
        llama.experts(),
        llama.layerSpecs(),
        llama.scaling(),
        llama.embeddingNorm(),
        llama.headBias(),
        llama.tiedEmbeddings(),
        llama.modules());
  }
}
