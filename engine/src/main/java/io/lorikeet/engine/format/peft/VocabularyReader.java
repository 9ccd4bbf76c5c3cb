package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.EmbeddingDelta;
import io.lorikeet.engine.adapter.HeadDelta;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.adapter.TokenRows;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.TensorView;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.kernels.Matrix;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Turns the tensors of the two vocabulary matrices into canonical form. Where a model ties them,
 * base weights in the file and token rows change both; a saved or adapted module changes only
 * itself, unless {@code ensure_weight_tying} says otherwise. Source: peft 0.21.2.
 */
final class VocabularyReader {
  private final AdapterConfig config;
  private final LoadedModel model;
  private final DecoderSpec spec;
  private final EmbeddingReader embeddings;
  private final LinearReader linears;
  private final ModuleParts embedding;
  private final ModuleParts head;

  VocabularyReader(
      AdapterConfig config,
      LoadedModel model,
      EmbeddingReader embeddings,
      LinearReader linears,
      ModuleParts embedding,
      ModuleParts head) {
    this.config = config;
    this.model = model;
    this.spec = model.spec();
    this.embeddings = embeddings;
    this.linears = linears;
    this.embedding = embedding;
    this.head = head;
  }

  /** What becomes of the two matrices. */
  record Result(EmbeddingDelta embedding, HeadDelta head) {}

  Result read(boolean embeddingSelected, boolean headSelected) {
    Optional<Matrix> input = savedMatrix(embedding);
    Optional<Matrix> output = savedMatrix(head);
    if (output.isEmpty() && spec.tiedEmbeddings() && config.ensureWeightTying()) {
      output = input;
    }
    Optional<Matrix> inputBase = baseMatrix(embedding);
    Optional<Matrix> outputBase = baseMatrix(head);
    if (spec.tiedEmbeddings()) {
      inputBase = tied(inputBase, outputBase);
      outputBase = inputBase;
    }
    boolean ownHead = output.isPresent();
    Optional<Matrix> inputMatrix =
        embeddings.changed(input.or(firstOf(inputBase)), model.weights().embedding());
    Optional<Matrix> outputMatrix =
        embeddings.changed(output.or(firstOf(outputBase)), model.weights().head());

    boolean tiesRows = tiesRows();
    Optional<TokenRows> inputRows = rows(embedding);
    Optional<TokenRows> outputRows = tiesRows ? Optional.empty() : rows(head);
    if (outputRows.isEmpty() && spec.tiedEmbeddings() && !ownHead) {
      outputRows = inputRows;
    }
    Optional<EmbeddingDelta.Update> update =
        embeddings.update(embedding, embeddingSelected, spec.vocab());
    Delta delta =
        linears.read(
            head,
            headSelected,
            outputMatrix.orElse(model.weights().head()),
            model.weights().headBias());
    if (update.isPresent()
        && spec.tiedEmbeddings()
        && config.ensureWeightTying()
        && delta.isNone()) {
      delta = new Delta(Optional.of(transposed(update.get())), Optional.empty());
    }
    embedding.refuseRest();
    head.refuseRest();
    return new Result(
        new EmbeddingDelta(inputMatrix, inputRows, update),
        new HeadDelta(outputMatrix, outputRows, delta));
  }

  // Token tuning of a tied model's embedding is that of its head too; the file may hold it twice.
  private boolean tiesRows() {
    Optional<TensorView> rows = embedding.peek(Part.OWN_TOKEN_ROWS);
    if (rows.isEmpty() || !spec.tiedEmbeddings()) {
      return false;
    }
    Optional<TensorView> twice = head.take(Part.OWN_TOKEN_ROWS);
    if (twice.isPresent() && twice.get().data().mismatch(rows.get().data()) >= 0) {
      throw FileFamily.ADAPTER.tensorUnknown(
          "the base ties embedding and head, but the file holds different token rows for each");
    }
    return true;
  }

  private static Optional<Matrix> tied(Optional<Matrix> input, Optional<Matrix> output) {
    if (input.isPresent()
        && output.isPresent()
        && !ImageMemory.isEqual(input.get(), output.get())) {
      throw FileFamily.ADAPTER.tensorUnknown(
          "the base ties embedding and head, but the file holds a different base weight for each");
    }
    return input.or(firstOf(output));
  }

  private static Supplier<Optional<Matrix>> firstOf(Optional<Matrix> matrix) {
    return () -> matrix;
  }

  /** The weight of a module that was saved as a whole. */
  private Optional<Matrix> savedMatrix(ModuleParts parts) {
    return config.saves(parts.key()) ? parts.take(Part.WEIGHT).map(this::matrix) : Optional.empty();
  }

  /** A weight that takes the place of the base's: PEFT writes it beside adapted vocabularies. */
  private Optional<Matrix> baseMatrix(ModuleParts parts) {
    return parts.take(parts.isWrapped() ? Part.BASE_WEIGHT : Part.WEIGHT).map(this::matrix);
  }

  private Matrix matrix(TensorView view) {
    return ModuleParts.vocabulary(view, spec.vocab(), spec.hidden());
  }

  private Optional<TokenRows> rows(ModuleParts parts) {
    Optional<List<Integer>> tokens = config.tokensOf(parts.key());
    if (tokens.isEmpty()) {
      return Optional.empty();
    }
    List<Integer> ids = tokens.get();
    boolean own = config.method() instanceof Method.TokenTuning;
    TensorView view = parts.require(own ? Part.OWN_TOKEN_ROWS : Part.TOKEN_ROWS);
    if (!view.hasShape(ids.size(), spec.hidden())) {
      throw ModuleParts.shape(view, "[" + ids.size() + ", " + spec.hidden() + "]");
    }
    Matrix stored = ModuleParts.matrix(view, ids.size(), spec.hidden());
    int[] order =
        IntStream.range(0, ids.size())
            .boxed()
            .sorted((a, b) -> Integer.compare(ids.get(a), ids.get(b)))
            .mapToInt(Integer::intValue)
            .toArray();
    embeddings.change();
    return Optional.of(
        new TokenRows(
            IntStream.of(order).map(ids::get).toArray(),
            embeddings.memory().copyRows(stored, order)));
  }

  // The head's logits of a tied update are (E + (B A)^T) x: A and B change their parts.
  private LowRank transposed(EmbeddingDelta.Update update) {
    return new LowRank(embeddings.memory().transpose(update.b()), update.a());
  }
}
