package io.lorikeet.engine.text;

/**
 * Bounds on what is read from a model folder.
 *
 * @param configFileBytes largest tokenizer_config.json, special_tokens_map.json or template file
 * @param tokenizerFileBytes largest tokenizer.json; the largest public ones have 35 MiB
 * @param tokenIds ids must be smaller than this: they index arrays
 * @param jsonDepth deepest nesting of a JSON file
 * @param templateFiles most files in {@code additional_chat_templates}
 */
public record TextLimits(
    long configFileBytes, long tokenizerFileBytes, int tokenIds, int jsonDepth, int templateFiles) {
  public static final TextLimits DEFAULT = new TextLimits(16L << 20, 64L << 20, 4 << 20, 64, 64);
}
