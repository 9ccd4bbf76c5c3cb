package io.lorikeet.engine.schedule;

/**
 * What a sequence used.
 *
 * @param promptTokens tokens of its prompt
 * @param completionTokens tokens that were delivered, the stop token included
 * @param resumed times that it was computed anew from its tokens, after preemption or a rebuild
 */
public record Usage(int promptTokens, int completionTokens, int resumed) {}
