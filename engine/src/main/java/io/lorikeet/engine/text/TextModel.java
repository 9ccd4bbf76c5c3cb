package io.lorikeet.engine.text;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The text side of a model folder: tokenizer, detokenizers, special tokens and the sources of its
 * chat templates. For use by many threads; {@link #close()} frees the native tokenizer;
 * detokenizers made before, and all that encodes nothing, stay usable.
 */
public final class TextModel implements AutoCloseable {
  private final DjlTokenizer tokenizer;
  private final DetokenizerFactory detokenizers;
  private final SpecialTokens specialTokens;
  private final ChatTemplateSources chatTemplates;
  private final TokenizerAgreement agreement;
  private final ChatTokenizer.Source source;

  private TextModel(
      DjlTokenizer tokenizer,
      DetokenizerFactory detokenizers,
      SpecialTokens specialTokens,
      ChatTemplateSources chatTemplates,
      TokenizerAgreement agreement,
      ChatTokenizer.Source source) {
    this.tokenizer = tokenizer;
    this.detokenizers = detokenizers;
    this.specialTokens = specialTokens;
    this.chatTemplates = chatTemplates;
    this.agreement = agreement;
    this.source = source;
  }

  /** As {@link #load(Path, TextLimits)} with the usual limits. */
  public static Optional<TextModel> load(Path modelFolder) {
    return load(modelFolder, TextLimits.DEFAULT);
  }

  /**
   * Reads tokenizer.json and, where they are there, tokenizer_config.json, special_tokens_map.json
   * and template files.
   *
   * @return nothing for a folder without tokenizer.json: its model serves token ids only
   * @throws io.lorikeet.engine.error.LorikeetException MODEL_TOKENIZER_INVALID for a broken or too
   *     large file; MODEL_FIELD_UNSUPPORTED for a setting that isn't implemented
   */
  public static Optional<TextModel> load(Path modelFolder, TextLimits limits) {
    return ModelTextFile.read(modelFolder.resolve("tokenizer.json"), limits.tokenizerFileBytes())
        .map(json -> load(modelFolder, json, limits));
  }

  private static TextModel load(Path modelFolder, String json, TextLimits limits) {
    TokenizerConfig config = TokenizerConfig.read(modelFolder, limits);
    TokenizerJson found = TokenizerJson.read(json, limits);
    checkPrefixSpace(config.prefixSpace(), found.prefixSpace());
    String agreed = TokenDeclarations.apply(json, found.vocabulary(), config.declared(), limits);
    TokenizerJson source = agreed.equals(json) ? found : TokenizerJson.read(agreed, limits);
    Vocabulary vocabulary = source.vocabulary();
    DjlTokenizer tokenizer = DjlTokenizer.open(agreed, vocabulary, affixes(config, vocabulary));
    return new TextModel(
        tokenizer,
        new DetokenizerFactory(vocabulary.respelled(tokenizer.spellings()), source.decoder()),
        config.special(),
        config.templates(),
        new TokenizerAgreement(modelFolder, found, config, limits),
        ChatTokenizer.Source.of(agreed, source, affixes(config, vocabulary), limits));
  }

  // transformers would change the pre-tokenizer, and with it the ids of every text.
  private static void checkPrefixSpace(Optional<Boolean> wanted, Optional<Boolean> given) {
    if (wanted.isPresent() && given.isPresent() && !wanted.equals(given)) {
      throw new LorikeetException(
          ErrorCode.MODEL_FIELD_UNSUPPORTED,
          "tokenizer_config.json: `add_prefix_space` must be that of tokenizer.json, %s. Given: %s"
              .formatted(given.get(), wanted.get()));
    }
  }

  private static AffixTokens affixes(TokenizerConfig config, Vocabulary vocabulary) {
    if (config.addBos().isEmpty() && config.addEos().isEmpty()) {
      return AffixTokens.BY_POST_PROCESSOR;
    }
    return new AffixTokens(
        true,
        affix(config.addBos(), config.special().bos(), vocabulary),
        affix(config.addEos(), config.special().eos(), vocabulary));
  }

  private static OptionalInt affix(
      Optional<Boolean> wanted, Optional<String> token, Vocabulary vocabulary) {
    return wanted.orElse(false) && token.isPresent()
        ? vocabulary.id(token.get())
        : OptionalInt.empty();
  }

  /**
   * The same model with another chat template in place of all of its own. The native tokenizer is
   * shared: closing either closes both.
   *
   * @param template Jinja text, not compiled here
   */
  public TextModel withChatTemplate(String template) {
    return new TextModel(
        tokenizer,
        detokenizers,
        specialTokens,
        new ChatTemplateSources(Map.of(ChatTemplateSources.DEFAULT, template)),
        agreement,
        source);
  }

  /**
   * A tokenizer for the chats of a template.
   *
   * @param template its source, which says what control tokens it writes
   */
  public ChatTokenizer chatTokenizer(String template) {
    return new ChatTokenizer(tokenizer, source, template);
  }

  public Tokenizer tokenizer() {
    return tokenizer;
  }

  public DetokenizerFactory detokenizers() {
    return detokenizers;
  }

  public SpecialTokens specialTokens() {
    return specialTokens;
  }

  public ChatTemplateSources chatTemplates() {
    return chatTemplates;
  }

  /**
   * Compares the tokenizer files in an adapter's folder with this model's; those that are not there
   * agree. Blocks on the disk.
   *
   * @return what differs without changing the ids of texts; this model's is used
   * @throws io.lorikeet.engine.error.LorikeetException ADAPTER_TOKENIZER_MISMATCH,
   *     ADAPTER_PATH_FORBIDDEN
   */
  public List<String> checkAdapter(Path adapterFolder) {
    return agreement.check(adapterFolder);
  }

  /** See {@link DetokenizerFactory#tokenText}. */
  public TokenText tokenText(int id) {
    return detokenizers.tokenText(id);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
