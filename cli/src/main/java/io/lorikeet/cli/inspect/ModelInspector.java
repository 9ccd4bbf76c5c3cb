package io.lorikeet.cli.inspect;

import io.lorikeet.config.Settings;
import io.lorikeet.engine.adapter.AdapterSize;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.model.SamplingDefaults;
import io.lorikeet.engine.model.StoredWeights;
import io.lorikeet.engine.spi.ExecutorProvider;
import io.lorikeet.engine.text.TextModel;
import io.lorikeet.engine.text.template.ChatTemplate;
import io.lorikeet.engine.text.template.TemplateLimits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Looks at model folders in the order in which {@code serve} does, and goes on where it can. */
public final class ModelInspector {
  private static final int ADAPTER_ELEMENT_BYTES = 2; // F16 and BF16

  private final Settings settings;
  private final ExecutorProvider provider;
  private final long memoryBytes;
  private final int adapterRank;
  private final boolean comparesWeights;

  /**
   * @param memoryBytes what models may take
   * @param adapterRank rank of the adapters to be counted
   * @param comparesWeights whether the weights of the settings are run beside those as stored
   */
  public ModelInspector(
      Settings settings,
      ExecutorProvider provider,
      long memoryBytes,
      int adapterRank,
      boolean comparesWeights) {
    this.settings = settings;
    this.provider = provider;
    this.memoryBytes = memoryBytes;
    this.adapterRank = adapterRank;
    this.comparesWeights = comparesWeights;
  }

  /** Reads and checks a folder; what is wrong with it is in the report. */
  public Report inspect(Path folder) {
    Set<String> acceptFields = Set.copyOf(settings.acceptFields());
    List<String> warnings = new ArrayList<>();
    List<Refusal> refusals = new ArrayList<>();
    LoadedModel model;
    ModelReport.Decoder decoder;
    try {
      model = ModelFolder.load(folder, acceptFields);
      decoder = decoder(model, StoredWeights.read(folder, acceptFields));
    } catch (LorikeetException e) {
      return new ModelReport(
          folder,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          warnings,
          Optional.of(Refusal.of(e)));
    }
    Optional<ModelReport.Text> text = text(folder, model.spec().vocab(), warnings, refusals);
    sampling(folder, warnings, refusals);
    Optional<Fit> fit = fit(model, decoder, refusals);
    Optional<Quality> quality =
        comparesWeights && refusals.isEmpty() ? quality(folder, model, refusals) : Optional.empty();
    return new ModelReport(
        folder, Optional.of(decoder), text, fit, quality, warnings, refusals.stream().findFirst());
  }

  private Optional<Quality> quality(Path folder, LoadedModel model, List<Refusal> refusals) {
    Optional<TextModel> text = TextModel.load(folder);
    try {
      QualityProbe probe = new QualityProbe(provider, model, settings.engine());
      return Optional.of(probe.run(text, memoryBytes));
    } catch (LorikeetException e) {
      refusals.add(Refusal.of(e));
      return Optional.empty();
    } finally {
      text.ifPresent(TextModel::close);
    }
  }

  private ModelReport.Decoder decoder(LoadedModel model, StoredWeights stored) {
    return new ModelReport.Decoder(
        model.name(),
        model.fingerprint(),
        model.spec(),
        stored,
        model.eosTokenIds(),
        provider.memoryNeed(model, settings.engine()));
  }

  private Optional<ModelReport.Text> text(
      Path folder, int vocab, List<String> warnings, List<Refusal> refusals) {
    try {
      Optional<TextModel> text = TextModel.load(folder);
      if (text.isEmpty()) {
        warnings.add("without tokenizer.json requests must carry token ids");
        return Optional.of(new ModelReport.Text(Optional.empty(), false, Optional.empty()));
      }
      try (TextModel open = text.get()) {
        return Optional.of(text(open, vocab, warnings));
      }
    } catch (LorikeetException e) {
      refusals.add(Refusal.of(e));
      return Optional.empty();
    }
  }

  private ModelReport.Text text(TextModel text, int vocab, List<String> warnings) {
    int tokens = text.tokenizer().vocabSize();
    if (tokens > vocab) {
      warnings.add("the tokenizer has %d tokens, the model %d".formatted(tokens, vocab));
    }
    Optional<String> source = text.chatTemplates().usual();
    Optional<Refusal> refusal = source.flatMap(this::templateRefusal);
    if (source.isEmpty()) {
      warnings.add("chats are refused: " + ErrorCode.CHAT_TEMPLATE_MISSING.wire());
    }
    refusal.ifPresent(r -> warnings.add("chats are refused: " + r.code() + ": " + r.message()));
    return new ModelReport.Text(Optional.of(tokens), source.isPresent(), refusal);
  }

  private Optional<Refusal> templateRefusal(String source) {
    TemplateLimits usual = TemplateLimits.DEFAULT;
    TemplateLimits limits =
        new TemplateLimits(
            settings.requests().templateBytesMax(),
            usual.steps(),
            usual.outputBytes(),
            usual.sourceDepth(),
            usual.renderDepth(),
            usual.valueDepth());
    try {
      ChatTemplate.compile(source, limits);
      return Optional.empty();
    } catch (LorikeetException e) {
      return Optional.of(Refusal.of(e));
    }
  }

  private static void sampling(Path folder, List<String> warnings, List<Refusal> refusals) {
    try {
      List<String> notApplied = SamplingDefaults.read(folder).notApplied();
      if (!notApplied.isEmpty()) {
        warnings.add("generation_config.json: %s are not applied".formatted(notApplied));
      }
    } catch (LorikeetException e) {
      refusals.add(Refusal.of(e));
    }
  }

  private Optional<Fit> fit(
      LoadedModel model, ModelReport.Decoder decoder, List<Refusal> refusals) {
    try {
      // The plan counts what is free after loading, and copies of matrices are then taken already.
      long freeBytes = memoryBytes - model.weights().copiedBytes();
      int kvBlocks = provider.kvBlocks(model, settings.engine(), freeBytes);
      Fit.TypicalAdapter adapter =
          new Fit.TypicalAdapter(
              adapterRank, AdapterSize.bytes(model.spec(), adapterRank, ADAPTER_ELEMENT_BYTES));
      return Optional.of(
          Fit.of(memoryBytes, decoder.need(), kvBlocks, adapter, settings.adapters()));
    } catch (LorikeetException e) {
      refusals.add(Refusal.of(e));
      return Optional.empty();
    }
  }
}
