package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.actors.BookDriver.Reply;
import io.lorikeet.config.AdapterSettings;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.HostTierState;
import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.adapter.merge.Derivation;
import io.lorikeet.engine.adapter.merge.MajoritySign;
import io.lorikeet.engine.adapter.merge.Recipe;
import io.lorikeet.engine.adapter.merge.Strategy;
import io.lorikeet.engine.error.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Adapters and merges of them in any order of events: every request has one answer, a lease is on
 * what the files were between question and answer, and nothing is held when all is over.
 */
class AdapterBookStormTest {
  private static final AdapterSettings SETTINGS =
      new AdapterSettings(
          20, 1 << 20, 1000, 3, Duration.ofSeconds(60), 3, List.of(), Duration.ofSeconds(10));
  private static final int NAMES = 5;
  private static final Set<ErrorCode> EXPECTED =
      Set.of(
          ErrorCode.ADAPTER_NOT_FOUND,
          ErrorCode.ADAPTER_LOAD_BUSY,
          ErrorCode.ADAPTER_LOAD_TIMEOUT,
          ErrorCode.ADAPTER_GENERATION_MISMATCH,
          ErrorCode.REQUEST_INVALID,
          ErrorCode.INTERNAL);

  /** A question, and all contents that its names had since then. */
  private record Question(Recipe<String> recipe, Map<String, Set<String>> seen) {}

  private final BookDriver driver = new BookDriver(SETTINGS);
  private final AdapterBook<String> book = driver.book;
  private final Map<String, String> contents = new HashMap<>();
  private final Map<String, Question> questions = new LinkedHashMap<>();
  private final Map<String, Lease> leases = new LinkedHashMap<>();
  private final Set<GenerationId> pages = new HashSet<>();
  private int holders;
  private int granted;
  private int merged;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyQuestionHasOneRightAnswerAndNothingIsHeldAfterwards(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < NAMES; i++) {
      put("n" + i, random);
    }
    driver.source.beforeCopy =
        _ -> {
          if (random.nextInt(12) == 0) {
            throw new UncheckedIOException(new IOException("gone for a moment"));
          }
          if (random.nextInt(60) == 0) {
            throw new IllegalStateException("a defect");
          }
        };
    for (int event = 0; event < 3000; event++) {
      act(random);
      take();
      String where = "seed " + seed + ", event " + event;
      HostTierState state = book.state();
      assertTrue(state.usedBytes() + state.reservedBytes() <= 1000, where);
      assertTrue(state.leases() >= leases.size(), where);
    }
    finish();
    assertTrue(granted > 100 && merged > 10, "granted " + granted + ", merges " + merged);
  }

  private void act(Random random) {
    switch (random.nextInt(12)) {
      case 0 -> ask(recipe(random, 1), random.nextBoolean());
      case 1, 2 -> ask(recipe(random, 1 + random.nextInt(3)), true);
      case 3, 4, 5, 6 -> runAny(random);
      case 7 -> release(random);
      case 8 -> change(random);
      case 9 -> die(random);
      case 10 -> page(random);
      default -> driver.advance(Duration.ofMillis(random.nextInt(400)));
    }
  }

  private void ask(Recipe<String> recipe, boolean merge) {
    String holder = "h" + holders++;
    Map<String, Set<String>> seen = new HashMap<>();
    for (String name : recipe.adapters()) {
      Set<String> versions = new HashSet<>();
      if (contents.containsKey(name)) {
        versions.add(contents.getOrDefault(name, ""));
      }
      seen.put(name, versions);
    }
    questions.put(holder, new Question(recipe, seen));
    if (merge) {
      book.resolve(holder, recipe, driver.now);
    } else {
      book.resolve(holder, recipe.adapters().getFirst(), driver.now);
    }
  }

  // Tasks end in any order.
  private void runAny(Random random) {
    if (!driver.tasks.isEmpty()) {
      driver.tasks.remove(random.nextInt(driver.tasks.size())).run();
    }
  }

  /** Checks the answers that came. */
  private void take() {
    for (String holder : List.copyOf(questions.keySet())) {
      Reply reply = driver.reply(holder);
      if (reply.equals(Reply.NONE)) {
        continue;
      }
      Question question = Objects.requireNonNull(questions.remove(holder));
      reply.code().ifPresent(code -> assertTrue(EXPECTED.contains(code), code::toString));
      reply.lease().ifPresent(lease -> check(holder, question, lease));
    }
  }

  private void check(String holder, Question question, Lease lease) {
    leases.put(holder, lease);
    granted++;
    List<Map<String, String>> possible = List.of(Map.of());
    for (String name : question.recipe.adapters()) {
      List<Map<String, String>> longer = new ArrayList<>();
      for (Map<String, String> chosen : possible) {
        for (String content : question.seen.getOrDefault(name, Set.of())) {
          Map<String, String> next = new HashMap<>(chosen);
          next.put(name, content);
          longer.add(next);
        }
      }
      possible = longer;
    }
    boolean plain = question.recipe.parts().size() == 1;
    boolean right =
        possible.stream()
                .filter(chosen -> Set.copyOf(chosen.values()).size() == chosen.size())
                .anyMatch(chosen -> lease.generation().equals(derived(question.recipe, chosen)))
            || (plain
                && possible.stream()
                    .flatMap(chosen -> chosen.values().stream())
                    .anyMatch(c -> lease.generation().equals(ScriptedSource.generation(c))));
    assertTrue(right, holder + " got " + lease + " for " + question);
    merged += plain ? 0 : 1;
  }

  private static GenerationId derived(Recipe<String> recipe, Map<String, String> contents) {
    return Derivation.of(
            recipe.map(name -> ScriptedSource.generation(contents.getOrDefault(name, ""))))
        .generation();
  }

  private void release(Random random) {
    if (!leases.isEmpty()) {
      String holder = any(leases.keySet(), random);
      Lease lease = leases.remove(holder);
      if (lease != null) {
        book.release(holder, lease.id());
      }
    }
  }

  private void change(Random random) {
    String name = "n" + random.nextInt(NAMES);
    if (random.nextInt(6) == 0) {
      contents.remove(name);
      driver.source.remove(name);
    } else {
      put(name, random);
    }
  }

  private void put(String name, Random random) {
    String content = "content " + random.nextInt(12);
    contents.put(name, content);
    // The size follows from the content: the same generation is the same image.
    driver.source.put(name, content, 100 + 20L * (content.hashCode() & 7));
    questions
        .values()
        .forEach(q -> {
          Set<String> versions = q.seen.get(name);
          if (versions != null) {
            versions.add(content);
          }
        });
  }

  private void die(Random random) {
    if (!questions.isEmpty() && random.nextInt(3) == 0) {
      String holder = any(questions.keySet(), random);
      questions.remove(holder);
      book.holderGone(holder);
    }
  }

  private void page(Random random) {
    if (!leases.isEmpty() && pages.size() < 2) {
      Lease lease = leases.get(any(leases.keySet(), random));
      if (lease != null && pages.add(lease.generation())) {
        book.page(lease.generation(), 1, driver.now);
      }
    } else if (!pages.isEmpty()) {
      GenerationId page = pages.iterator().next();
      pages.remove(page);
      book.unpaged(page, 1, driver.now);
    }
    book.noRoom(1, driver.now);
  }

  /** All that waits comes to an end, everybody goes, all names are removed. */
  private void finish() {
    for (int i = 0; i < 200 && !questions.isEmpty(); i++) {
      driver.runAll();
      pages.forEach(page -> book.unpaged(page, 1, driver.now));
      pages.clear();
      book.noRoom(1, driver.now);
      driver.advance(Duration.ofSeconds(1));
      take();
    }
    driver.runAll();
    assertEquals(Map.of(), questions);
    book.deviceReplaced(2, driver.now);
    leases.forEach((holder, lease) -> book.release(holder, lease.id()));
    assertEquals(0, book.state().leases());
    for (int i = 0; i < NAMES; i++) {
      driver.source.remove("n" + i);
      driver.resolve("last" + i, "n" + i);
    }
    HostTierState state = book.state();
    assertEquals(0, state.generations(), state::toString);
    assertEquals(0, state.usedBytes() + state.reservedBytes(), state::toString);
  }

  private static Recipe<String> recipe(Random random, int parts) {
    List<String> names = new ArrayList<>();
    while (names.size() < parts) {
      String name = "n" + random.nextInt(NAMES);
      if (!names.contains(name)) {
        names.add(name);
      }
    }
    double weight = 1 + random.nextInt(2);
    return new Recipe<>(
        Strategy.CAT,
        names.stream().map(name -> new Recipe.Part<>(name, weight)).toList(),
        OptionalDouble.empty(),
        MajoritySign.TOTAL);
  }

  private static String any(Set<String> from, Random random) {
    return from.stream().skip(random.nextInt(from.size())).findFirst().orElseThrow();
  }
}
