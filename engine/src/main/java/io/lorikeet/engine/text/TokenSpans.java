package io.lorikeet.engine.text;

/**
 * The tokens of a text and where they stand in it, each three numbers at one index.
 *
 * @param starts first code point of the text that a token stands for; 0 for one that is not in it
 * @param ends the code point after the last one; 0 as well then
 */
public record TokenSpans(int[] ids, int[] starts, int[] ends) {}
