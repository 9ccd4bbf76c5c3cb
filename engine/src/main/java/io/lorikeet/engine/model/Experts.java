package io.lorikeet.engine.model;

/**
 * A sparse feed-forward layer: a router chooses experts for every row, and their outputs are summed
 * with its weights. Used by mixtral, qwen2_moe, qwen3_moe and dbrx.
 *
 * @param count experts of a layer
 * @param perToken experts that a row goes through
 * @param normalised whether the chosen weights are made to sum to one
 * @param sharedWidth width of the expert that every row goes through, behind a gate of its own; 0
 *     for none. Used by qwen2_moe
 */
public record Experts(int count, int perToken, boolean normalised, int sharedWidth) {}
