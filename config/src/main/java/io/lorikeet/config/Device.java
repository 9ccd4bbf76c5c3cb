package io.lorikeet.config;

import java.util.Locale;

/** Where steps run. */
public enum Device {
  /** On a GPU where there is one that can run the model, else on the CPU. */
  AUTO,
  CPU,
  /** On an NVIDIA GPU, or nowhere. */
  CUDA;

  /** The device of a setting's value. */
  public static Device of(String name) {
    for (Device device : values()) {
      if (device.word().equals(name)) {
        return device;
      }
    }
    throw new IllegalArgumentException("`engine.device` must be auto, cpu or cuda. Given: " + name);
  }

  /** As it is spelled in settings. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
