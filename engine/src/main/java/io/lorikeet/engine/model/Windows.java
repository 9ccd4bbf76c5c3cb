package io.lorikeet.engine.model;

import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;

/** Sliding windows of layers; 0 is none. */
final class Windows {
  private Windows() {}

  /** {@code sliding_window} in every layer. */
  static IntFunction<Integer> everywhere(ConfigFields config) {
    int window = size(config).orElse(0);
    return layer -> window;
  }

  /** Qwen: {@code use_sliding_window} from layer {@code max_window_layers} on. */
  static IntFunction<Integer> qwen(ConfigFields config, int layers) {
    boolean used = config.flag("use_sliding_window", false);
    int first = config.optionalNotNegative("max_window_layers", Sizes.SIZE_MAX).orElse(28);
    Optional<Integer> size = size(config).filter(window -> used);
    IntPredicate slides = types(config, layers, layer -> size.isPresent() && layer >= first);
    return layer -> slides.test(layer) ? required(config, size) : 0;
  }

  /** {@code layer_types} says which layers slide, {@code absent} where it is not there. */
  static IntPredicate types(ConfigFields config, int layers, IntPredicate absent) {
    List<String> types = config.texts("layer_types");
    if (types.isEmpty()) {
      return absent;
    }
    if (types.size() != layers) {
      throw config.invalid("layer_types", "a list of " + layers + ", one per layer");
    }
    for (String type : types) {
      if (!List.of("full_attention", "attention", "sliding_attention").contains(type)) {
        throw config.unsupported("layer_types", "full_attention or sliding_attention each");
      }
    }
    return layer -> types.get(layer).equals("sliding_attention");
  }

  private static Optional<Integer> size(ConfigFields config) {
    return config.optionalNotNegative("sliding_window", Integer.MAX_VALUE).filter(w -> w > 0);
  }

  private static int required(ConfigFields config, Optional<Integer> size) {
    return size.orElseThrow(() ->
        config.invalid(
            "sliding_window", "above 0 and in use, for `layer_types` has sliding layers"));
  }
}
