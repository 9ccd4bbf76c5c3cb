package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.actors.BookDriver.Reply;
import io.lorikeet.config.AdapterSettings;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AdapterBookTest {
  private final BookDriver driver = BookDriver.create();
  private final AdapterBook<String> book = driver.book;
  private final ScriptedSource source = driver.source;

  @Test
  void loadsOnFirstUseAndOnlyThen() {
    source.put("a", "v1");

    assertEquals(ScriptedSource.generation("v1"), granted(driver.resolve("h1", "a")));
    assertEquals(ScriptedSource.generation("v1"), granted(driver.resolve("h2", "a")));

    assertEquals(1, source.copies.get());
    assertEquals(2, book.state().leases());
  }

  @Test
  void requestsThatComeTogetherShareOneLoad() {
    source.put("a", "v1");
    for (int i = 0; i < 5; i++) {
      book.resolve("h" + i, "a", driver.now);
    }

    driver.runAll();

    assertEquals(1, source.copies.get());
    assertEquals(1, source.reads.get());
    assertEquals(5, book.state().leases());
  }

  @Test
  void anUnknownNameIsRefusedAndLeavesNoTrace() {
    assertEquals(Optional.of(ErrorCode.ADAPTER_NOT_FOUND), driver.resolve("h", "nobody").code());

    assertEquals(0, book.state().names());
    assertEquals("registered", book.status("nobody").state());
  }

  @Test
  void changedFilesAreAnotherGenerationAndOldLeasesKeepTheirs() {
    source.put("a", "v1");
    GenerationId old = granted(driver.resolve("h1", "a"));
    source.put("a", "v2");

    GenerationId fresh = granted(driver.resolve("h2", "a"));

    assertNotEquals(old, fresh);
    book.page(old, 1, driver.now);
    driver.runAll();
    assertEquals(List.of(old), driver.paged);
  }

  @Test
  void aRequestThatCameDuringALoadGetsTheFilesThatItCouldSee() {
    source.put("a", "v1");
    book.resolve("h1", "a", driver.now);
    driver.runNext();
    driver.runNext(); // copied: v1 is read next
    source.put("a", "v2");
    book.resolve("h2", "a", driver.now);

    driver.runAll();

    assertEquals(ScriptedSource.generation("v1"), granted(driver.reply("h1")));
    assertEquals(ScriptedSource.generation("v2"), granted(driver.reply("h2")));
  }

  @Test
  void aNameWhoseFolderIsGoneIsUnknownWhileLeasesGoOn() {
    source.put("a", "v1");
    GenerationId held = granted(driver.resolve("h1", "a"));
    source.remove("a");

    assertEquals(Optional.of(ErrorCode.ADAPTER_NOT_FOUND), driver.resolve("h2", "a").code());
    book.page(held, 1, driver.now);
    driver.runAll();
    assertEquals(List.of(held), driver.paged);
  }

  @Test
  void anUnloadedNameIsUnknownWhileItsLeasesGoOnAndAreCounted() {
    source.put("a", "v1").put("b", "v1");
    GenerationId held = granted(driver.resolve("h1", "a"));
    driver.resolve("h2", "b");
    source.remove("a");

    book.unload("a", driver.now);

    assertEquals(List.of("b"), book.names());
    assertEquals(1, book.leases("a"), "the other name is another one, whatever it stands for");
    book.page(held, 1, driver.now);
    driver.runAll();
    assertEquals(List.of(held), driver.paged);
    book.holderGone("h1");
    assertEquals(0, book.leases("a"));
    assertEquals(1, book.leases("b"));
  }

  @Test
  void anUnloadEndsTheLoadOfItsNameWhereverItIs() {
    for (int done = 0; done <= 2; done++) {
      BookDriver fresh = BookDriver.create();
      fresh.source.put("a", "v1");
      fresh.book.resolve("h", "a", fresh.now);
      for (int i = 0; i < done; i++) {
        fresh.runNext();
      }
      List<BookDriver.Task> late = List.copyOf(fresh.tasks);
      fresh.source.remove("a");

      fresh.book.unload("a", fresh.now);
      fresh.runAll();

      assertEquals(
          Optional.of(ErrorCode.ADAPTER_NOT_FOUND), fresh.reply("h").code(), late.toString());
      assertEquals(List.of(), fresh.book.names(), late.toString());
      assertEquals(0, fresh.book.state().reservedBytes(), late.toString());
      assertEquals(0, fresh.book.state().generations(), late.toString());
    }
  }

  @Test
  void aBrokenAdapterIsRefusedWithItsCodeAndTriedAgainWhenItsFilesChange() {
    AtomicInteger reads = breakReads(ErrorCode.ADAPTER_RANK_MISMATCH);
    source.put("a", "broken");

    assertEquals(Optional.of(ErrorCode.ADAPTER_RANK_MISMATCH), driver.resolve("h1", "a").code());
    assertEquals(Optional.of(ErrorCode.ADAPTER_RANK_MISMATCH), driver.resolve("h2", "a").code());
    assertEquals(1, reads.get(), "the same files are not read again at once");
    assertEquals("failed", book.status("a").state());

    source.beforeRead = _ -> {};
    source.put("a", "mended");
    assertEquals(ScriptedSource.generation("mended"), granted(driver.resolve("h3", "a")));
    assertEquals("host", book.status("a").state());
  }

  @Test
  void aBrokenAdapterIsTriedAgainAfterAPause() {
    AtomicInteger reads = breakReads(ErrorCode.ADAPTER_RANK_MISMATCH);
    source.put("a", "broken");
    driver.resolve("h1", "a");

    driver.advance(Duration.ofNanos(AdapterBook.RETRY_NANOS));
    driver.resolve("h2", "a");

    assertEquals(2, reads.get());
  }

  @Test
  void aCopyThatIsRefusedIsNotMadeAgainAtOnceEither() {
    AtomicInteger copies = new AtomicInteger();
    source.beforeCopy =
        _ -> {
          copies.incrementAndGet();
          throw new LorikeetException(ErrorCode.ADAPTER_CONFIG_MISSING, "no config");
        };
    source.put("a", "v1");

    assertEquals(Optional.of(ErrorCode.ADAPTER_CONFIG_MISSING), driver.resolve("h1", "a").code());
    assertEquals(Optional.of(ErrorCode.ADAPTER_CONFIG_MISSING), driver.resolve("h2", "a").code());

    assertEquals(1, copies.get());
  }

  @Test
  void aFailedReloadLeavesWhatRunsAlone() {
    source.put("a", "v1");
    GenerationId running = granted(driver.resolve("h1", "a"));
    breakReads(ErrorCode.ADAPTER_TENSOR_SHAPE);
    source.put("a", "v2");

    assertEquals(Optional.of(ErrorCode.ADAPTER_TENSOR_SHAPE), driver.resolve("h2", "a").code());

    book.page(running, 1, driver.now);
    driver.runAll();
    assertEquals(List.of(running), driver.paged);
    assertEquals(running.hash(), book.status("a").generation());
  }

  @Test
  void unreadableFilesAreTriedAgainWithPausesBetween() {
    AtomicInteger tries = new AtomicInteger();
    source.beforeCopy =
        _ -> {
          if (tries.incrementAndGet() < 3) {
            throw new UncheckedIOException(new IOException("gone for a moment"));
          }
        };
    source.put("a", "v1");
    driver.resolve("h", "a");
    assertEquals(Reply.NONE, driver.reply("h"));
    assertEquals(AdapterLoads.BACKOFF_NANOS, book.nextWakeNanos().getAsLong());

    driver.advance(Duration.ofNanos(AdapterLoads.BACKOFF_NANOS));
    driver.runAll();
    assertEquals(2, tries.get());
    driver.advance(Duration.ofNanos(2 * AdapterLoads.BACKOFF_NANOS));
    driver.runAll();

    assertEquals(ScriptedSource.generation("v1"), granted(driver.reply("h")));
  }

  @Test
  void unreadableFilesAreRefusedAfterTheLastTry() {
    source.beforeCopy =
        _ -> {
          throw new UncheckedIOException(new IOException("gone"));
        };
    source.put("a", "v1");
    driver.resolve("h", "a");

    for (int i = 0; i < 3; i++) {
      driver.advance(Duration.ofSeconds(1));
      driver.runAll();
    }

    assertEquals(Optional.of(ErrorCode.ADAPTER_LOAD_BUSY), driver.reply("h").code());
    assertTrue(book.nextWakeNanos().isEmpty());
  }

  @Test
  void aLoadThatHangsIsGivenUpAndHoldsNobodyElse() {
    source.put("hung", "v1").put("fine", "v2");
    book.resolve("h1", "hung", driver.now);
    driver.runNext();
    BookDriver.Task hanging = driver.tasks.removeFirst();

    driver.advance(BookDriver.SETTINGS.loadTimeout());

    assertEquals(Optional.of(ErrorCode.ADAPTER_LOAD_TIMEOUT), driver.reply("h1").code());
    assertEquals(Optional.of(ErrorCode.ADAPTER_LOAD_TIMEOUT), driver.resolve("h2", "hung").code());
    granted(driver.resolve("h3", "fine"));

    hanging.run();
    driver.advance(Duration.ofNanos(AdapterBook.RETRY_NANOS));
    granted(driver.resolve("h4", "hung"));
  }

  @Test
  void aReadThatHangsGivesItsReservationBack() {
    source.put("a", "v1");
    book.resolve("h1", "a", driver.now);
    driver.runNext();
    driver.runNext();
    BookDriver.Task hanging = driver.tasks.removeFirst();
    assertEquals(100, book.state().reservedBytes());

    driver.advance(BookDriver.SETTINGS.loadTimeout());

    assertEquals(0, book.state().reservedBytes());
    hanging.run();
    assertEquals(0, book.state().images());
    assertEquals(0, book.state().generations());
  }

  @Test
  void aLookUpThatHangsIsGivenUp() {
    book.resolve("h1", "a", driver.now);
    BookDriver.Task hanging = driver.tasks.removeFirst();
    assertEquals(BookDriver.SETTINGS.loadTimeout().toNanos(), book.nextWakeNanos().getAsLong());

    driver.advance(BookDriver.SETTINGS.loadTimeout());

    assertEquals(Optional.of(ErrorCode.ADAPTER_LOAD_TIMEOUT), driver.reply("h1").code());
    assertEquals(Optional.of(ErrorCode.ADAPTER_LOAD_TIMEOUT), driver.resolve("h2", "a").code());
    hanging.run();
    source.put("a", "v1");
    granted(driver.resolve("h3", "a"));
  }

  @Test
  void noMoreLoadsRunAtOnceThanAllowed() {
    for (String name : List.of("a", "b", "c")) {
      source.put(name, name);
      book.resolve("h" + name, name, driver.now);
    }
    for (int lookUps = 0; lookUps < 3; lookUps++) {
      driver.runNext();
    }

    assertEquals(List.of("copy a", "copy b"), driver.waiting());
    driver.runAll();
    assertEquals(3, book.state().leases());
  }

  @Test
  void oneContentUnderTwoNamesIsOneImage() {
    source.put("a", "same").put("b", "same");
    book.resolve("h1", "a", driver.now);
    book.resolve("h2", "b", driver.now);

    driver.runAll();

    assertEquals(granted(driver.reply("h1")), granted(driver.reply("h2")));
    assertEquals(1, source.reads.get());
    assertEquals(1, book.state().images());
  }

  @Test
  void anEvictedImageIsReadAgainForItsSlot() {
    source.put("a", "v1", 600).put("b", "v2", 600);
    GenerationId evicted = granted(driver.resolve("h1", "a"));
    granted(driver.resolve("h2", "b"));

    book.page(evicted, 1, driver.now);
    driver.runAll();

    assertEquals(List.of(evicted), driver.paged);
    assertEquals(3, source.reads.get());
  }

  @Test
  void anEvictedImageWhoseFilesChangedIsNeverAnotherAnswer() {
    source.put("a", "v1", 600).put("b", "v2", 600);
    GenerationId evicted = granted(driver.resolve("h1", "a"));
    granted(driver.resolve("h2", "b"));
    source.put("a", "v3", 100);

    book.page(evicted, 1, driver.now);
    driver.runAll();

    assertEquals(ErrorCode.ADAPTER_GENERATION_MISMATCH, driver.pageFailures.get(evicted));
    assertEquals(List.of(), driver.paged);
  }

  @Test
  void aPagedImageStaysOnTheHostUntilItsSlotIsGone() {
    source.put("a", "v1", 600).put("b", "v2", 600);
    GenerationId paged = granted(driver.resolve("h1", "a"));
    book.page(paged, 1, driver.now);
    driver.runAll();
    book.resolve("h2", "b", driver.now);
    driver.runAll();
    assertEquals(Reply.NONE, driver.reply("h2"), "it waits for room");
    assertEquals(1, driver.roomAsked);

    book.unpaged(paged, 1, driver.now);
    driver.runAll();

    granted(driver.reply("h2"));
    assertEquals(0, book.state().pinned());
  }

  @Test
  void aLoadIsRefusedWhenNoSlotCanGiveRoom() {
    source.put("a", "v1", 600).put("b", "v2", 600);
    GenerationId paged = granted(driver.resolve("h1", "a"));
    book.page(paged, 1, driver.now);
    driver.runAll();
    driver.resolve("h2", "b");

    book.noRoom(1, driver.now);

    assertEquals(Optional.of(ErrorCode.ADAPTER_LOAD_BUSY), driver.reply("h2").code());
    book.unpaged(paged, 1, driver.now);
    granted(driver.resolve("h3", "b"));
  }

  @Test
  void anImageLargerThanTheHostBudgetIsTooLarge() {
    source.put("a", "v1", 1000).put("b", "v2", 1001);

    granted(driver.resolve("h1", "a"));
    assertEquals(Optional.of(ErrorCode.ADAPTER_TOO_LARGE), driver.resolve("h2", "b").code());
  }

  @Test
  void anotherExecutorStartsWithEmptySlots() {
    source.put("a", "v1");
    GenerationId generation = granted(driver.resolve("h", "a"));
    book.page(generation, 1, driver.now);

    book.deviceReplaced(2, driver.now);
    driver.runAll();

    assertEquals(List.of(), driver.paged, "a ticket of the lost executor is not passed on");
    assertEquals(0, book.state().pinned());
    book.page(generation, 2, driver.now);
    driver.runAll();
    assertEquals(List.of(generation), driver.paged);
  }

  @Test
  void theDeadHoldNothingAndAreNotWaitedFor() {
    source.put("a", "v1");
    driver.resolve("h1", "a");
    book.resolve("h2", "a", driver.now);

    book.holderGone("h1");
    book.holderGone("h2");
    driver.runAll();

    assertEquals(0, book.state().leases());
    assertEquals(Reply.NONE, driver.reply("h2"));
  }

  @Test
  void onlyItsHolderCanGiveALeaseBack() {
    source.put("a", "v1");
    long lease = driver.resolve("h1", "a").lease().orElseThrow().id();

    book.release("h2", lease);
    assertEquals(1, book.state().leases());
    book.release("h1", lease);
    assertEquals(0, book.state().leases());
  }

  @Test
  void asManyAdaptersAreKnownAsAllowed() {
    AdapterSettings two =
        new AdapterSettings(
            2, 1 << 20, 1000, 2, Duration.ofSeconds(60), 3, List.of(), Duration.ofSeconds(10));
    BookDriver small = new BookDriver(two);
    small.source.put("a", "1").put("b", "2").put("c", "3");

    granted(small.resolve("h1", "a"));
    granted(small.resolve("h2", "b"));
    assertEquals(Optional.of(ErrorCode.ADAPTER_LOAD_BUSY), small.resolve("h3", "c").code());
    granted(small.resolve("h4", "a"));
  }

  private AtomicInteger breakReads(ErrorCode code) {
    AtomicInteger reads = new AtomicInteger();
    source.beforeRead =
        _ -> {
          reads.incrementAndGet();
          throw new LorikeetException(code, "broken");
        };
    return reads;
  }

  private static GenerationId granted(Reply reply) {
    return reply.lease().orElseThrow(() -> new AssertionError(reply.code())).generation();
  }
}
