package io.lorikeet.engine.text;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongFunction;

/**
 * The native tokenizer library. Only ids are asked for: the library's own Java class also copies
 * tokens, offsets and masks for every call, and truncates unless told otherwise.
 */
final class DjlTokenizer implements Tokenizer {
  static {
    // Read once, when the library's classes are loaded: no download, no CUDA build, no reporting.
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("RUST_FLAVOR", "cpu");
    System.setProperty("OPT_OUT_TRACKING", "true");
  }

  private static final int[] NONE = {};

  private final TokenizersLibrary library;
  private final Vocabulary vocabulary;
  private final AffixTokens affixes;
  private final int longestTokenBytes;
  // Encoding shares the native object between threads; only freeing it must be alone.
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final long handle;
  private boolean closed;

  private DjlTokenizer(
      TokenizersLibrary library, long handle, Vocabulary vocabulary, AffixTokens affixes) {
    this.library = library;
    this.handle = handle;
    this.vocabulary = vocabulary;
    this.affixes = affixes;
    this.longestTokenBytes = vocabulary.longestTokenBytes();
  }

  /**
   * @param json the content of tokenizer.json
   * @throws LorikeetException MODEL_TOKENIZER_INVALID if the library refuses it; INTERNAL if the
   *     native library can't be loaded on this machine
   */
  static DjlTokenizer open(String json, Vocabulary vocabulary, AffixTokens affixes) {
    TokenizersLibrary library = library();
    long handle;
    try {
      handle = library.createTokenizerFromString(json);
    } catch (RuntimeException e) {
      throw new LorikeetException(
          ErrorCode.MODEL_TOKENIZER_INVALID,
          "tokenizer.json is not a valid tokenizer: " + e.getMessage(),
          e);
    }
    library.disableTruncation(handle);
    library.disablePadding(handle);
    DjlTokenizer tokenizer = new DjlTokenizer(library, handle, vocabulary, affixes);
    try {
      tokenizer.checkAddedIds();
      return tokenizer;
    } catch (LorikeetException e) {
      tokenizer.close();
      throw e;
    }
  }

  /**
   * The library counts added tokens on from the model's and does not heed the ids of the file; a
   * prompt would then have other ids than the embedding was trained with.
   */
  private void checkAddedIds() {
    for (String content : vocabulary.added()) {
      if (vocabulary.normalized().contains(content)) {
        continue;
      }
      long encoding = encodeAtLoad(content);
      try {
        long[] ids = library.getTokenIds(encoding);
        int id = vocabulary.id(content).orElseThrow();
        if (ids.length == 1 && ids[0] != id) {
          throw new LorikeetException(
              ErrorCode.MODEL_TOKENIZER_INVALID,
              "tokenizer.json: the added token `%s` must have the id %d, the next one or that of the model. Given: %d"
                  .formatted(content, ids[0], id));
        }
      } finally {
        library.deleteEncoding(encoding);
      }
    }
  }

  private long encodeAtLoad(String text) {
    try {
      return library.encode(handle, text, false);
    } catch (RuntimeException e) {
      throw new LorikeetException(
          ErrorCode.MODEL_TOKENIZER_INVALID,
          "tokenizer.json: `%s` cannot be encoded: %s".formatted(text, e.getMessage()),
          e);
    }
  }

  private static TokenizersLibrary library() {
    try {
      LibUtils.checkStatus();
      return TokenizersLibrary.LIB;
    } catch (EngineException | LinkageError e) {
      throw new LorikeetException(
          ErrorCode.INTERNAL,
          "The native tokenizer library can't be loaded on this machine (on Linux it needs glibc"
              + " 2.34 or newer): "
              + e.getMessage(),
          e);
    }
  }

  @Override
  public int[] encode(String text, boolean addSpecialTokens) {
    Surrogates.rejectUnpaired(text);
    if (addSpecialTokens && affixes.given()) {
      return affixes.around(raw(text, false));
    }
    return raw(text, addSpecialTokens);
  }

  @Override
  public TokenSpans encodeWithSpans(String text, boolean addSpecialTokens) {
    Surrogates.rejectUnpaired(text);
    return addSpecialTokens && affixes.given()
        ? affixes.around(with(text, false, this::spans))
        : with(text, addSpecialTokens, this::spans);
  }

  private TokenSpans spans(long encoding) {
    int[] ids = narrow(library.getTokenIds(encoding));
    CharSpan[] spans = library.getTokenCharSpans(encoding);
    int[] starts = new int[ids.length];
    int[] ends = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      // The library has none for what the post-processor adds.
      if (spans[i] != null) {
        starts[i] = spans[i].getStart();
        ends[i] = spans[i].getEnd();
      }
    }
    return new TokenSpans(ids, starts, ends);
  }

  private int[] raw(String text, boolean addSpecialTokens) {
    return with(text, addSpecialTokens, encoding -> narrow(library.getTokenIds(encoding)));
  }

  private <T> T with(String text, boolean addSpecialTokens, LongFunction<T> read) {
    lock.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the tokenizer is closed");
      }
      long encoding = library.encode(handle, text, addSpecialTokens);
      try {
        return read.apply(encoding);
      } finally {
        library.deleteEncoding(encoding);
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  private static int[] narrow(long[] ids) {
    int[] out = ids.length == 0 ? NONE : new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      out[i] = Math.toIntExact(ids[i]);
    }
    return out;
  }

  /**
   * What decoding gives for added tokens that are looked for in the normalized text: not what the
   * file says but the form that was found, such as {@code ▁<tool>} with a normalizer that prepends.
   * Under that form a special token is not known as one, as in the reference library. A token that
   * is not found in its own text keeps it.
   */
  Map<Integer, String> spellings() {
    Map<Integer, String> spellings = new HashMap<>();
    for (String content : vocabulary.normalized()) {
      long encoding = encodeAtLoad(content);
      try {
        long[] ids = library.getTokenIds(encoding);
        if (ids.length == 1 && isNormalized(Math.toIntExact(ids[0]))) {
          spellings.put(vocabulary.id(content).orElseThrow(), library.getTokens(encoding)[0]);
        }
      } finally {
        library.deleteEncoding(encoding);
      }
    }
    return spellings;
  }

  private boolean isNormalized(int id) {
    return vocabulary.token(id).filter(vocabulary.normalized()::contains).isPresent();
  }

  /** The library's own decoding, against which tests hold the incremental one. */
  String decodeByLibrary(int[] ids, boolean skipSpecialTokens) {
    long[] wide = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      wide[i] = ids[i];
    }
    lock.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the tokenizer is closed");
      }
      return library.decode(handle, wide, skipSpecialTokens);
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public int vocabSize() {
    return vocabulary.size();
  }

  @Override
  public int longestTokenBytes() {
    return longestTokenBytes;
  }

  @Override
  public OptionalInt tokenId(String token) {
    return vocabulary.id(token);
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        library.deleteTokenizer(handle);
      }
    } finally {
      lock.writeLock().unlock();
    }
  }
}
