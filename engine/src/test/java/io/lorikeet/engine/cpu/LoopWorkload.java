package io.lorikeet.engine.cpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.ScheduleSettings;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.Composition.Part;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.sample.Penalties;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.sample.TokenBias;
import io.lorikeet.engine.sample.TokenRules;
import io.lorikeet.engine.sample.Withheld;
import io.lorikeet.engine.schedule.Pooling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** Made-up requests over a two-layer model and made-up adapters: what bit tests run. */
public final class LoopWorkload {
  public static final LoadedModel MODEL = TestModels.model("llama");

  private static final int PLAIN = 4;
  private static final int SCALING = 2;
  // Of five, so that every kind of composition is pooled in turn.
  private static final Pooling[] POOLINGS = {
    Pooling.NONE, Pooling.NONE, Pooling.MEAN, Pooling.NONE, Pooling.LAST
  };
  private static final int[] WAKING = {5, 6};

  public final Map<GenerationId, AdapterImage> images = new HashMap<>();
  private final List<GenerationId> adapters = new ArrayList<>();

  /**
   * @param random draws the adapters
   */
  public LoopWorkload(Random random) {
    for (int i = 0; i < PLAIN + SCALING; i++) {
      add(
          i < PLAIN
              ? TestAdapters.plain(MODEL.spec(), random)
              : TestAdapters.scaling(MODEL.spec(), random));
    }
    add(TestAdapters.woken(MODEL.spec(), random, new Invocation(WAKING)));
  }

  private void add(AdapterImage image) {
    images.put(image.generation(), image);
    adapters.add(image.generation());
  }

  /** Rows of one step, KV blocks and threads; the rest is generous. */
  static CpuExecutor open(int threads, int rowsMax, int kvBlocks) {
    long kvBytes = kvBlocks * KvCache.blockBytes(MODEL.spec());
    EngineSettings settings = new EngineSettings(threads, "auto", "stored", rowsMax, kvBytes, 8, 5);
    return CpuExecutor.openCold(MODEL, settings, CpuExecutorProvider.kernels("auto"));
  }

  /** In turns greedy and random, the base, adapters and weighted sums. */
  public List<LoopRequest> requests(int count, int promptMax, int newMax, Random random) {
    return IntStream.range(0, count).mapToObj(i -> request(i, promptMax, newMax, random)).toList();
  }

  private LoopRequest request(int index, int promptMax, int newMax, Random random) {
    int[] prompt =
        random.ints(2 + random.nextInt(promptMax - 1), 0, MODEL.spec().vocab()).toArray();
    System.arraycopy(WAKING, 0, prompt, random.nextInt(prompt.length - 1), WAKING.length);
    Pooling pooling = POOLINGS[index % POOLINGS.length];
    boolean pools = pooling != Pooling.NONE;
    return new LoopRequest(
        "p" + random.nextInt(3),
        composition(index, random),
        prompt,
        pools ? 0 : 1 + random.nextInt(newMax),
        index % 2 == 0 ? SamplingParams.GREEDY : sampling(random),
        pools || random.nextInt(5) - 2 < 0 ? -1 : random.nextInt(3),
        pooling);
  }

  private Composition composition(int index, Random random) {
    return switch (index % 3) {
      case 0 -> Composition.BASE;
      case 1 -> Composition.of(adapters.get(random.nextInt(adapters.size())));
      default -> sum(random);
    };
  }

  private Composition sum(Random random) {
    return new Composition(
        random
            .ints(0, PLAIN)
            .distinct()
            .limit(1 + random.nextInt(3))
            .mapToObj(i -> new Part(adapters.get(i), 1.5f * random.nextFloat() - 0.6f))
            .toList());
  }

  private static SamplingParams sampling(Random random) {
    return new SamplingParams(
        random.nextInt(4) == 0 ? 0f : 0.5f + random.nextFloat(),
        random.nextBoolean() ? 0 : 1 + random.nextInt(50),
        random.nextBoolean() ? 1f : 0.5f + random.nextFloat() / 2,
        random.nextBoolean() ? 0f : 0.02f,
        random.nextBoolean() ? 1f : 0.8f,
        random.nextBoolean() ? Penalties.NONE : penalties(random),
        new TokenBias(new int[] {random.nextInt(20)}, new float[] {random.nextFloat()}),
        new Withheld(new int[] {random.nextInt(20)}, random.nextInt(5)),
        random.nextBoolean() ? TokenRules.NONE : rules(random),
        random.nextLong(),
        random.nextInt(5) - 1);
  }

  // Few tokens are allowed, so that phrases come up.
  private static TokenRules rules(Random random) {
    int[] allowed = random.ints(12, 0, MODEL.spec().vocab()).sorted().distinct().toArray();
    int[][] banned = new int[30][];
    for (int i = 0; i < banned.length; i++) {
      banned[i] = new int[i < 2 ? 1 : 2 + random.nextInt(2)];
      for (int t = 0; t < banned[i].length; t++) {
        banned[i][t] = allowed[random.nextInt(allowed.length)];
      }
    }
    return new TokenRules(banned, allowed);
  }

  private static Penalties penalties(Random random) {
    return new Penalties(
        0.8f + random.nextFloat(), random.nextFloat() - 0.3f, random.nextFloat() - 0.3f);
  }

  /** Each request by itself: one thread, whole prompts, nobody else. */
  public List<Answer> alone(List<LoopRequest> requests) {
    List<Answer> answers = new ArrayList<>();
    try (LoopDriver driver =
        new LoopDriver(() -> open(1, 128, 32), ScheduleSettings.DEFAULTS, images)) {
      for (LoopRequest request : requests) {
        answers.addAll(driver.run(List.of(request)));
      }
    }
    return answers;
  }

  static void assertSameBits(List<Answer> expected, List<Answer> actual, String what) {
    for (int i = 0; i < expected.size(); i++) {
      expected.get(i).assertSameBits(actual.get(i), what + ", request " + i);
    }
  }
}
