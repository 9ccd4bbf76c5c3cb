package io.lorikeet.engine.spi;

/**
 * Inputs of sampling that are computed while the forward pass runs. Grammar masks will stand here;
 * none exist yet.
 */
public record LateInputs() {
  public static final LateInputs NONE = new LateInputs();
}
