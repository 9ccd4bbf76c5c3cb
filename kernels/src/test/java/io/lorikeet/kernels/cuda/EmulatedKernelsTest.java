package io.lorikeet.kernels.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kernels give the values of a double-precision sum, in whatever order threads and blocks run. With
 * {@code -Dlorikeet.soak=true} many more random orders.
 */
final class EmulatedKernelsTest {
  /** Cases without a planted mistake. */
  static final String[] SOUND = {
    "axpy",
    "gemv",
    "mma-bf16",
    "mma-fp16",
    "wgmma-bf16",
    "wgmma-fp16",
    "rms-norm",
    "layer-norm",
    "replaced-norm",
    "head-norm",
    "gated-silu",
    "embed-bf16",
    "embed-fp16",
    "attention-f32",
    "attention-bf16",
    "attention-window",
    "attention-split",
    "attention-split-window",
    "linear-f32",
    "linear-bf16",
    "linear-fp16",
    "linear-q8",
    "linear-q4",
    "route",
    "expert-linear",
    "expert-linear-down",
    "expert-linear-q8",
    "expert-linear-q4",
    "fused-qkv",
    "fused-qkv-base",
    "fused-qkv-one",
    "fused-qkv-one-fp16",
    "fused-gated",
    "fused-gated-fp16",
    "fused-gated-one",
    "fused-gated-one-fp16",
    "fused-add",
    "fused-add-fp16",
    "fused-add-one",
    "fused-add-one-fp16",
    "join-experts",
    "adapter-linear",
    "adapter-inputs",
    "adapter-outputs",
    "adapter-embed",
    "adapter-experts",
    "rope",
    "rope-interleaved",
    "draw-greedy",
    "draw-noise",
    "draw-lists",
    "draw-cuts",
    "last-tokens"
  };

  /** Cases of the emulator itself: collectives, and what it must refuse. */
  static final String[] CHECKS = {
    "warps",
    "blocks",
    "blocks-that-wait",
    "halves",
    "left-early",
    "divided-warp",
    "foreign-mask",
    "short-warp",
    "deadlock",
    "endless-spin",
    "static-shared",
    "dynamic-shared",
    "launch-bounds",
    "unwaited-copy",
    "unaligned-copy",
    "raw-mbarrier",
    "crowded-mbarrier",
    "wgmma-elsewhere",
    "unfenced-wgmma",
    "illegal-address"
  };

  static Stream<String> orders() {
    List<String> orders = new ArrayList<>();
    for (String threads : List.of("forward", "reverse", "random")) {
      for (String blocks : List.of("forward", "reverse", "random")) {
        orders.add("threads=" + threads + ",blocks=" + blocks);
      }
    }
    for (int seed = 1; seed <= (Emulator.SOAK ? 500 : 4); seed++) {
      orders.add("threads=random,blocks=random,resident=4,stall=50,seed=" + seed);
    }
    return orders.stream();
  }

  @ParameterizedTest
  @MethodSource("orders")
  void valuesAreThoseOfTheReference(String order) throws Exception {
    allAreOk(order, SOUND);
  }

  @ParameterizedTest
  @MethodSource("orders")
  void collectivesWorkAndMisuseIsRefused(String order) throws Exception {
    allAreOk(order, CHECKS);
  }

  private static void allAreOk(String order, String... cases) throws Exception {
    Emulator.Run run = Emulator.cases("suite", words(order, cases));

    assertEquals(0, run.status(), run.said());
    assertEquals(cases.length, run.said().lines().filter(line -> line.endsWith(": ok")).count());
  }

  @Test
  void buildWithoutCompilerSaysSo(@TempDir Path folder) throws Exception {
    Emulator.Run build = Emulator.build("no-such-compiler", folder, "suite");

    assertEquals(3, build.status());
    assertTrue(build.said().contains("not tested on the emulator"), build.said());
  }

  static String[] words(String options, String... cases) {
    return Stream.concat(Stream.of(options), Stream.of(cases)).toArray(String[]::new);
  }
}
