package io.lorikeet.gpu.forward;

/**
 * Weights of a norm on the device.
 *
 * @param weight address of its weights
 * @param bias address of its bias; 0 for RMS norms
 */
record DeviceNorm(long weight, long bias) {}
