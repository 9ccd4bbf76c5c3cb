package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.actors.BookDriver.Reply;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.adapter.merge.Derivation;
import io.lorikeet.engine.adapter.merge.MajoritySign;
import io.lorikeet.engine.adapter.merge.Recipe;
import io.lorikeet.engine.adapter.merge.Strategy;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MergesTest {
  private static final Recipe<String> AB = recipe("a", "b");

  private final BookDriver driver = BookDriver.create();
  private final AdapterBook<String> book = driver.book;
  private final ScriptedSource source = driver.source.put("a", "v1").put("b", "v2");

  @Test
  void aMergeIsBuiltOfWhatItsPartsAreAndHoldsOnlyItself() {
    Lease lease = granted(driver.resolve("h", AB));

    assertEquals(derived("v1", "v2"), lease.generation());
    assertEquals("a,b", lease.name());
    assertTrue(lease.composes());
    assertEquals(1, book.state().leases());
    assertEquals(2, source.plains.get());
  }

  @Test
  void requestsThatComeTogetherShareOneBuildWhateverTheirOrder() {
    book.resolve("h1", AB, driver.now);
    book.resolve("h2", recipe("b", "a"), driver.now);
    book.resolve("h3", "a", driver.now);

    driver.runAll();

    assertEquals(granted("h1").generation(), granted("h2").generation());
    assertEquals(ScriptedSource.generation("v1"), granted("h3").generation());
    assertEquals(2, source.reads.get());
    assertEquals(2, source.plains.get());
    assertEquals(3, book.state().leases());
  }

  @Test
  void aMergeIsKeptForTheNextRequest() {
    Lease first = granted(driver.resolve("h1", AB));
    book.release("h1", first.id());

    granted(driver.resolve("h2", AB));

    assertEquals(2, source.plains.get());
    assertEquals(List.of("a", "b"), book.names());
  }

  @Test
  void anotherWeightIsAnotherMerge() {
    Recipe<String> other =
        new Recipe<>(
            Strategy.LINEAR,
            List.of(new Recipe.Part<>("a", 1), new Recipe.Part<>("b", 0.5)),
            OptionalDouble.empty(),
            MajoritySign.TOTAL);

    assertNotEquals(
        granted(driver.resolve("h1", AB)).generation(),
        granted(driver.resolve("h2", other)).generation());
  }

  @Test
  void aReloadOfAPartMakesAnotherMergeAndTheOldOneGoesWithItsLastLease() {
    Lease old = granted(driver.resolve("h1", AB));
    source.put("b", "v3");

    assertEquals(derived("v1", "v3"), granted(driver.resolve("h2", AB)).generation());
    driver.book.page(old.generation(), 1, driver.now);
    driver.runAll();
    assertEquals(List.of(old.generation()), driver.paged);

    book.unpaged(old.generation(), 1, driver.now);
    int before = book.state().images();
    book.release("h1", old.id());
    assertEquals(before - 1, book.state().images());
  }

  @Test
  void aPartThatIsMissingIsTheReasonOfTheOneRefusal() {
    Recipe<String> recipe = recipe("a", "nobody");

    Reply reply = driver.resolve("h", recipe);

    assertEquals(Optional.of(ErrorCode.ADAPTER_NOT_FOUND), reply.code());
    assertEquals(0, book.state().leases());
  }

  @Test
  void aPartThatCanNotBeMergedFailsOnlyTheMerge() {
    source.beforePlain =
        name -> {
          if (name.equals("b")) {
            throw new LorikeetException(ErrorCode.ADAPTER_MERGE_UNSUPPORTED, "`b` with DoRA");
          }
        };

    assertEquals(Optional.of(ErrorCode.ADAPTER_MERGE_UNSUPPORTED), driver.resolve("h1", AB).code());
    granted(driver.resolve("h2", "b"));
    granted(driver.resolve("h3", recipe("a")));
    assertEquals(0, book.state().reservedBytes());
  }

  @Test
  void twoNamesOfOneContentCanNotBeMerged() {
    source.put("b", "v1");

    assertEquals(Optional.of(ErrorCode.REQUEST_INVALID), driver.resolve("h", AB).code());
    assertEquals(0, book.state().leases());
  }

  @Test
  void filesThatChangeBeforeTheBuildAreLookedUpAgain() {
    book.resolve("h", AB, driver.now);
    runUntil("merge");
    source.put("b", "v3");

    driver.runAll();

    assertEquals(derived("v1", "v3"), granted("h").generation());
    assertEquals(1, book.state().leases());
  }

  @Test
  void filesThatNeverStandStillAreRefusedAfterSoManyTries() {
    AtomicInteger versions = new AtomicInteger();
    source.beforePlain = _ -> source.put("b", "version " + versions.incrementAndGet());

    assertEquals(
        Optional.of(ErrorCode.ADAPTER_GENERATION_MISMATCH), driver.resolve("h", AB).code());
    assertEquals(3, versions.get());
    assertEquals(0, book.state().leases());
  }

  @Test
  void unreadableFilesAreTriedAgain() {
    granted(driver.resolve("h1", "a"));
    granted(driver.resolve("h2", "b"));
    AtomicInteger tries = new AtomicInteger();
    source.beforeCopy =
        _ -> {
          if (tries.incrementAndGet() < 2) {
            throw new UncheckedIOException(new IOException("gone for a moment"));
          }
        };
    driver.resolve("h", AB);
    assertEquals(Reply.NONE, driver.reply("h"));

    driver.advance(Duration.ofNanos(AdapterLoads.BACKOFF_NANOS));
    driver.runAll();

    granted("h");
  }

  @Test
  void aBuildThatHangsIsGivenUpAndNotStartedTwice() {
    book.resolve("h1", AB, driver.now);
    runUntil("merge");
    BookDriver.Task hanging = driver.tasks.removeFirst();

    driver.advance(BookDriver.SETTINGS.loadTimeout());

    assertEquals(Optional.of(ErrorCode.ADAPTER_LOAD_TIMEOUT), driver.reply("h1").code());
    assertEquals(Optional.of(ErrorCode.ADAPTER_LOAD_TIMEOUT), driver.resolve("h2", AB).code());
    assertEquals(0, book.state().leases());
    assertEquals(0, book.state().reservedBytes());
    hanging.run();
    granted(driver.resolve("h3", AB));
  }

  @Test
  void theDeadAreNotBuiltFor() {
    book.resolve("h1", AB, driver.now);
    driver.runNext();
    book.holderGone("h1");
    driver.runAll();

    assertEquals(0, source.plains.get());
    assertEquals(0, book.state().leases());
    assertEquals(Reply.NONE, driver.reply("h1"));
  }

  @Test
  void whoDiesDuringTheBuildLeavesAnImageForOthers() {
    book.resolve("h1", AB, driver.now);
    runUntil("merge");
    book.holderGone("h1");
    driver.runAll();

    granted(driver.resolve("h2", AB));
    assertEquals(2, source.plains.get());
    assertEquals(1, book.state().leases());
  }

  @Test
  void anEvictedMergeIsBuiltAgainForItsSlot() {
    source.put("a", "v1", 400).put("b", "v2", 400).put("c", "v4", 900);
    GenerationId merged = granted(driver.resolve("h1", AB)).generation();
    granted(driver.resolve("h2", "c"));
    assertEquals(1, book.state().images());

    book.page(merged, 1, driver.now);
    driver.runAll();

    assertEquals(List.of(merged), driver.paged);
    assertEquals(4, source.plains.get());
  }

  @Test
  void anEvictedMergeWhosePartsChangedIsNeverAnotherAnswer() {
    source.put("a", "v1", 400).put("b", "v2", 400).put("c", "v4", 900);
    GenerationId merged = granted(driver.resolve("h1", AB)).generation();
    granted(driver.resolve("h2", "c"));
    source.put("b", "v3", 400);

    book.page(merged, 1, driver.now);
    driver.runAll();

    assertEquals(ErrorCode.ADAPTER_GENERATION_MISMATCH, driver.pageFailures.get(merged));
  }

  @Test
  void aMergeIsBoundedLikeEveryAdapter() {
    // The host tier takes 1000 bytes; each part alone fits.
    source.put("a", "v1", 600).put("b", "v2", 600);
    Recipe<String> joined =
        new Recipe<>(
            Strategy.CAT,
            List.of(new Recipe.Part<>("a", 1), new Recipe.Part<>("b", 1)),
            OptionalDouble.empty(),
            MajoritySign.TOTAL);

    assertEquals(Optional.of(ErrorCode.ADAPTER_TOO_LARGE), driver.resolve("h", joined).code());
    assertEquals(0, book.state().reservedBytes());
  }

  @Test
  void aMergeFitsWhereItsPartsTogetherWouldNot() {
    source.put("a", "v1", 600).put("b", "v2", 600);

    granted(driver.resolve("h", AB));
  }

  @Test
  void everythingThatWaitsIsAnsweredOnceWhenTheOwnerGivesUp() {
    book.resolve("h1", AB, driver.now);
    book.resolve("h2", AB, driver.now);
    runUntil("merge");
    book.resolve("h3", recipe("b", "c"), driver.now);

    book.failAll(new Failure(ErrorCode.INTERNAL, "gone", false));

    for (String holder : List.of("h1", "h2", "h3")) {
      assertEquals(Optional.of(ErrorCode.INTERNAL), driver.reply(holder).code());
    }
  }

  private void runUntil(String what) {
    while (!driver.tasks.getFirst().what().startsWith(what)) {
      driver.runNext();
    }
  }

  private static Recipe<String> recipe(String... names) {
    return new Recipe<>(
        Strategy.LINEAR,
        List.of(names).stream().map(name -> new Recipe.Part<>(name, 1)).toList(),
        OptionalDouble.empty(),
        MajoritySign.TOTAL);
  }

  private static GenerationId derived(String... contents) {
    return Derivation.of(recipe(contents).map(ScriptedSource::generation)).generation();
  }

  private Lease granted(String holder) {
    return granted(driver.reply(holder));
  }

  private static Lease granted(Reply reply) {
    return reply.lease().orElseThrow(() -> new AssertionError(reply.code()));
  }
}
