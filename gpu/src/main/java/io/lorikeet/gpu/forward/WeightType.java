package io.lorikeet.gpu.forward;

import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.Kernel;
import io.lorikeet.kernels.BlockFormat;
import io.lorikeet.kernels.DType;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How a matrix is held on the device: as it is stored, or packed in blocks. */
enum WeightType {
  F32,
  BF16,
  FP16,
  Q8,
  Q4;

  private static final List<WeightType> STORED = List.of(F32, BF16, FP16);
  private static final List<WeightType> HALVES = List.of(BF16, FP16);

  static WeightType of(DType type) {
    return switch (type) {
      case F32 -> F32;
      case BF16 -> BF16;
      case F16 -> FP16;
    };
  }

  static WeightType of(BlockFormat format) {
    return switch (format) {
      case Q8 -> Q8;
      case Q4 -> Q4;
    };
  }

  /** A kernel for each type, by its name. */
  static Map<WeightType, Kernel> kernels(Context context, String prefix) {
    return kernels(context, prefix, List.of(values()));
  }

  /** A kernel for each type of stored matrices. */
  static Map<WeightType, Kernel> storedKernels(Context context, String prefix) {
    return kernels(context, prefix, STORED);
  }

  /** A kernel for each type of 16 bits. */
  static Map<WeightType, Kernel> halfKernels(Context context, String prefix) {
    return kernels(context, prefix, HALVES);
  }

  /** Whether elements are stored in 16 bits. */
  boolean isHalf() {
    return HALVES.contains(this);
  }

  private static Map<WeightType, Kernel> kernels(
      Context context, String prefix, List<WeightType> types) {
    Map<WeightType, Kernel> kernels = new EnumMap<>(WeightType.class);
    for (WeightType type : types) {
      kernels.put(type, context.kernel(prefix + type.name().toLowerCase(Locale.ROOT)));
    }
    return kernels;
  }
}
