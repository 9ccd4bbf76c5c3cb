package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Executor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** The golden runs with adapters of a model, on any executor: alone, composed and in batches. */
public final class AdapterCases {
  /** Adapters of kinds that come later. Whoever adds a kind takes its adapters out. */
  static final Set<String> LATER =
      Set.of(
          "llama/boft",
          "llama/oft",
          "llama/olora",
          "llama/pissa",
          "llama/prefix-tuning",
          "llama/prompt-tuning");

  private AdapterCases() {}

  /** Binds every adapter that loads to a slot of its own; the runs that these serve. */
  public static List<Case> of(Executor executor, String name, LoadedModel model, Golden golden) {
    Map<String, Bound> slots = bind(executor, name, model, golden);
    return cases(golden, slots, TestModels.folder(name).resolve("adapters"));
  }

  /** A run and what it is asked for with. */
  public record Case(String kind, Golden.Run run, Request request) {}

  /** Where an adapter is, and what wakes it. */
  private record Bound(int slot, Invocation invocation) {}

  /** Runs cases in one batch. */
  public static void check(Executor executor, List<Case> cases, GoldenComparison comparison) {
    StepDriver driver = new StepDriver(executor, new Random(2), left -> 11);
    List<Answer> answers = driver.run(cases.stream().map(Case::request).toList());
    for (int i = 0; i < cases.size(); i++) {
      comparison.check(cases.get(i).kind, cases.get(i).run, answers.get(i));
    }
  }

  /** Every adapter that loads has a slot; those that do not are the ones that come later. */
  private static Map<String, Bound> bind(
      Executor executor, String name, LoadedModel model, Golden golden) {
    Map<String, Bound> slots = new HashMap<>();
    Set<String> refused = new TreeSet<>();
    for (String adapter : adapters(golden)) {
      try {
        var image = TestModels.adapter(TestModels.folder(name), adapter, model);
        var ticket = executor.transfers().stage(image);
        executor.bind(new Binding.BindSlot(slots.size(), ticket));
        slots.put(adapter, new Bound(slots.size(), image.invocation()));
      } catch (LorikeetException e) {
        refused.add(name + "/" + adapter);
      }
    }
    Set<String> expected = new TreeSet<>(LATER);
    expected.removeIf(later -> !later.startsWith(name + "/"));
    assertEquals(expected, refused);
    return slots;
  }

  private static Set<String> adapters(Golden golden) {
    Set<String> names = new LinkedHashSet<>(golden.adapters());
    golden.runs().stream().map(Golden.Run::merged).filter(m -> !m.isEmpty()).forEach(names::add);
    return names;
  }

  /** A combination runs as PEFT merged it, and {@code cat} as the sum of its parts too. */
  private static List<Case> cases(Golden golden, Map<String, Bound> slots, Path adapters) {
    List<Case> cases = new ArrayList<>();
    for (Golden.Run run : golden.runs()) {
      Request base = Request.base(run.prompt(), run.tokens().size());
      if (!run.merged().isEmpty()) {
        Request request = base.joining(join(slots, run.merged(), 1f, run.prompt()));
        cases.add(new Case(GoldenKind.merged(run), run, request));
      }
      boolean sum = run.parts().size() < 2 || run.combination().equals("cat");
      if (sum && run.parts().stream().allMatch(part -> slots.containsKey(part.adapter()))) {
        Request.Join[] joins =
            run.parts().stream()
                .map(part -> join(slots, part.adapter(), part.weight(), run.prompt()))
                .sorted((a, b) -> Integer.compare(a.slot(), b.slot()))
                .toArray(Request.Join[]::new);
        cases.add(new Case(kind(run, adapters), run, base.joining(joins)));
      }
    }
    return cases;
  }

  private static String kind(Golden.Run run, Path adapters) {
    return switch (run.parts().size()) {
      case 0 -> GoldenKind.BASE;
      case 1 -> GoldenKind.of(adapters.resolve(run.parts().getFirst().adapter()));
      default -> GoldenKind.SUM;
    };
  }

  private static Request.Join join(
      Map<String, Bound> slots, String adapter, float weight, int[] prompt) {
    Bound bound = slots.getOrDefault(adapter, new Bound(-1, Invocation.ALWAYS));
    int from = bound.invocation.activeFrom(prompt).orElse(Integer.MAX_VALUE);
    return new Request.Join(bound.slot, weight, from);
  }

  /** The runs of a batch that are among the cases. */
  static List<Case> members(Golden.Batch batch, List<Case> cases) {
    List<Case> members = new ArrayList<>();
    for (String name : batch.runs()) {
      cases.stream().filter(c -> c.run.name().equals(name)).findFirst().ifPresent(members::add);
    }
    return members;
  }
}
