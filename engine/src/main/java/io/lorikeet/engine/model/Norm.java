package io.lorikeet.engine.model;

/**
 * Weights of a norm, widened.
 *
 * @param weight {@code [width]}; what a family adds to it is added
 * @param bias {@code [width]} of layer norms, zeros where the file has none; empty for RMS norms
 */
public record Norm(float[] weight, float[] bias) {}
