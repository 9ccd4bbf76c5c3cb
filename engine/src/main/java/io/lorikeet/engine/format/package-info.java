/**
 * Files of models: safetensors and JSON, every bound checked before a byte is used. May import:
 * error, kernels, Jackson.
 */
@NullMarked
package io.lorikeet.engine.format;

import org.jspecify.annotations.NullMarked;
