package io.lorikeet.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.cpu.Answer;
import io.lorikeet.engine.cpu.CpuExecutorProvider;
import io.lorikeet.engine.cpu.Request;
import io.lorikeet.engine.cpu.StepDriver;
import io.lorikeet.engine.cpu.TestAdapters;
import io.lorikeet.engine.cpu.TestModels;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.Transfers;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters come and go between steps, and every row gets its own; freed memory holds others. */
final class AdapterStormTest {
  private static final LoadedModel MODEL = TestModels.model("llama");
  private static final int ADAPTERS = 7;
  private static final int SLOTS = 5;

  private static final EngineSettings SETTINGS =
      new EngineSettings(1, "auto", "stored", 32, 2 << 20, 0, 8, SLOTS);

  private FakeDriver driver;

  @BeforeEach
  void open() throws Exception {
    driver = FakeDriver.open();
    driver.configure("mode=lazy,memory=" + Executors.MEMORY);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void adaptersThatComeAndGoGiveTheBitsOfTheCpu(long seed) throws Exception {
    Random random = new Random(seed);
    List<AdapterImage> images = images();
    List<Answer> expected = new ArrayList<>();
    try (Executor cpu = new CpuExecutorProvider().open(MODEL, SETTINGS)) {
      for (AdapterImage image : images) {
        cpu.bind(new Binding.BindSlot(0, cpu.transfers().stage(image)));
        expected.add(answers(cpu, Map.of(0, 0)).getFirst());
      }
    }
    driver.configure("mode=random,seed=" + seed + ",memory=" + tightMemory(images));
    try (CudaExecutor executor = Executors.open(MODEL, SETTINGS)) {
      long held = driver.counts().deviceBytes();
      Map<Integer, Integer> bound = new HashMap<>(); // adapter by slot
      long free = executor.info().adapterBytes();
      int full = 0;
      List<Thread> carriers = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        int slot = random.nextInt(SLOTS);
        Integer before = bound.remove(slot);
        if (before != null) {
          executor.bind(new Binding.FreeSlot(slot));
          free += bytes(executor, images.get(before));
        }
        int adapter = random.nextInt(ADAPTERS);
        if (bytes(executor, images.get(adapter)) <= free) {
          Transfers.Ticket ticket = executor.transfers().stage(images.get(adapter));
          executor.bind(new Binding.BindSlot(slot, ticket));
          assertFalse(ticket.isReady());
          switch (random.nextInt(3)) {
            case 0 -> {} // the step brings it
            case 1 -> {
              carrier(executor, ticket).join();
              assertTrue(ticket.isReady());
            }
            default -> carriers.add(carrier(executor, ticket));
          }
          bound.put(slot, adapter);
          free -= ticket.bytes();
        } else {
          full++;
        }
        if (i % 6 == 5) {
          List<Answer> answers = answers(executor, bound);
          int at = 0;
          for (int adapted : bound.values()) {
            answers.get(at++).assertSameBits(expected.get(adapted), "seed " + seed + ", turn " + i);
          }
        }
      }
      for (Thread carrier : carriers) {
        carrier.join();
      }
      assertTrue(full > 0, "the memory was never full");
      assertEquals(held, driver.counts().deviceBytes());
    }
  }

  private static Thread carrier(Executor executor, Transfers.Ticket ticket) {
    return Thread.ofVirtual().start(() -> executor.transfers().carry(ticket));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mode=lazy", "mode=random,seed=4", "mode=eager"})
  void imagesOnTheirWayGoWithTheExecutor(String mode) throws Exception {
    driver.configure(mode + ",memory=" + Executors.MEMORY);
    FakeDriver.Counts before = driver.counts();
    for (int turn = 0; turn < 8; turn++) {
      List<Thread> carriers = new ArrayList<>();
      try (CudaExecutor executor = Executors.open(MODEL, SETTINGS)) {
        for (int slot = 0; slot < SLOTS; slot++) {
          Transfers.Ticket ticket = executor.transfers().stage(images().get(slot));
          executor.bind(new Binding.BindSlot(slot, ticket));
          carriers.add(carrier(executor, ticket));
        }
        executor.bind(new Binding.FreeSlot(turn % SLOTS));
      }
      for (Thread carrier : carriers) {
        carrier.join();
      }
      assertEquals(before.deviceBytes(), driver.counts().deviceBytes());
      assertEquals(before.pinnedBytes(), driver.counts().pinnedBytes());
    }
    assertEquals("", driver.leaks());
  }

  // For the three largest images together: others leave gaps.
  private static long tightMemory(List<AdapterImage> images) throws Exception {
    try (CudaExecutor executor = Executors.open(MODEL, SETTINGS)) {
      long[] sizes = images.stream().mapToLong(image -> bytes(executor, image)).sorted().toArray();
      long wanted = sizes[ADAPTERS - 1] + sizes[ADAPTERS - 2] + sizes[ADAPTERS - 3];
      long taken = Executors.MEMORY - Executors.MEMORY / 64 - executor.info().adapterBytes();
      return (taken + wanted) * 64 / 63 + 64;
    }
  }

  private static long bytes(Executor executor, AdapterImage image) {
    return executor.transfers().stage(image).bytes();
  }

  /** One short request for every bound slot, in one batch. */
  private static List<Answer> answers(Executor executor, Map<Integer, Integer> bound) {
    int[] prompt = {5, 60, 7, 111, 20};
    return new StepDriver(executor, new Random(4), left -> left)
        .run(bound.keySet().stream().map(slot -> Request.adapted(prompt, 1, slot)).toList());
  }

  private static List<AdapterImage> images() {
    List<AdapterImage> images = new ArrayList<>();
    for (int i = 0; i < ADAPTERS; i++) {
      images.add(
          i % 3 == 2
              ? TestAdapters.scaling(MODEL.spec(), new Random(i))
              : TestAdapters.plain(MODEL.spec(), new Random(i)));
    }
    return images;
  }

  @Test
  void moreBytesThanThereAreAreTheCallersFault() throws Exception {
    List<AdapterImage> images = images();
    driver.configure("mode=lazy,memory=" + tightMemory(images));
    try (CudaExecutor executor = Executors.open(MODEL, SETTINGS)) {
      long free = executor.info().adapterBytes();
      int slot = 0;
      for (AdapterImage image : images) {
        Transfers.Ticket ticket = executor.transfers().stage(image);
        if (ticket.bytes() > free) {
          int next = slot;
          assertThrows(
              IllegalStateException.class, () -> executor.bind(new Binding.BindSlot(next, ticket)));
          return;
        }
        executor.bind(new Binding.BindSlot(slot++, ticket));
        free -= ticket.bytes();
      }
    }
    throw new AssertionError("everything fitted");
  }

  @Test
  void ranksBeyondTheRoomForThemAreRefusedByCode() throws Exception {
    try (CudaExecutor executor = Executors.open(MODEL, SETTINGS)) {
      executor.transfers().stage(ofRank(256));

      LorikeetException refused =
          assertThrows(LorikeetException.class, () -> executor.transfers().stage(ofRank(257)));

      assertEquals(ErrorCode.ADAPTER_VARIANT_UNSUPPORTED, refused.code());
    }
  }

  private static AdapterImage ofRank(int rank) {
    int hidden = MODEL.spec().hidden();
    Matrix a = zeros(rank, hidden);
    Matrix b = zeros(MODEL.spec().outputs(Projection.Q), rank);
    Delta delta = new Delta(Optional.of(new LowRank(a, b)), Optional.empty());
    return new AdapterImage(
        new GenerationId("rank" + rank),
        List.of(Map.of(Projection.Q, delta), Map.of()),
        a.data().byteSize() + b.data().byteSize());
  }

  private static Matrix zeros(int rows, int cols) {
    return new Matrix(
        Arena.ofAuto().allocate((long) rows * cols * Float.BYTES), DType.F32, rows, cols);
  }
}
