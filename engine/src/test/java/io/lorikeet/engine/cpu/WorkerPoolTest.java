package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
final class WorkerPoolTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void everyWorkerRunsOncePerRunOverManyRuns(int threads) {
    long[] sums = new long[threads * 16];
    try (WorkerPool pool = new WorkerPool(threads, 1)) {
      for (int run = 1; run <= 20_000; run++) {
        int amount = run;
        pool.run(worker -> sums[worker * 16] += amount);
      }
    }

    for (int worker = 0; worker < threads; worker++) {
      assertEquals(20_000L * 20_001 / 2, sums[worker * 16]);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void everyPartOfAWorkerRunsOncePerRun(int threads) {
    try (WorkerPool pool = new WorkerPool(threads, 4)) {
      long[] sums = new long[pool.parts() * 16];
      for (int run = 1; run <= 20_000; run++) {
        int amount = run;
        pool.run(part -> sums[part * 16] += amount);
      }

      for (int part = 0; part < pool.parts(); part++) {
        assertEquals(20_000L * 20_001 / 2, sums[part * 16]);
      }
    }
  }

  @Test
  void workerThatIsThroughHelpsTheOther() {
    Thread[] ran = new Thread[8];
    CountDownLatch firstBegan = new CountDownLatch(1);
    CountDownLatch othersDone = new CountDownLatch(7);
    try (WorkerPool pool = new WorkerPool(2, 4)) {
      pool.run(part -> {
        ran[part] = Thread.currentThread();
        if (part == 0) {
          firstBegan.countDown();
          await(othersDone);
        } else {
          await(firstBegan);
          othersDone.countDown();
        }
      });

      for (int part = 1; part < 8; part++) {
        assertSame(pool.threads()[0], ran[part]);
      }
    }
  }

  @Test
  void unitsThatTakeTurnsGoToEveryWorkerFirst() {
    try (WorkerPool pool = new WorkerPool(3, 2)) {
      int[] turns = new int[pool.parts()];
      for (int part = 0; part < turns.length; part++) {
        turns[part] = pool.turn(part);
      }
      assertArrayEquals(new int[] {0, 3, 1, 4, 2, 5}, turns);
    }
  }

  @Test
  void workersThatHaveParkedTakeTheNextRun() {
    try (WorkerPool pool = new WorkerPool(3, 1)) {
      int[] runs = new int[3];
      for (int run = 0; run < 5; run++) {
        awaitParked(pool);
        pool.run(worker -> runs[worker]++);
      }

      assertEquals(5, runs[1]);
      assertEquals(5, runs[2]);
    }
  }

  @Test
  void engineThreadThatHasParkedIsWokenByTheLastWorker() {
    Thread engine = Thread.currentThread();
    try (WorkerPool pool = new WorkerPool(2, 1)) {
      int[] done = new int[1];
      CountDownLatch begun = new CountDownLatch(1);

      pool.run(worker -> {
        if (worker == 0) {
          await(begun);
        } else {
          begun.countDown();
          awaitWaiting(engine);
          done[0] = 1;
        }
      });

      assertEquals(1, done[0]);
    }
  }

  @Test
  void exceptionOfAWorkerReachesTheEngineThreadAndThePoolGoesOn() {
    IllegalStateException thrown = new IllegalStateException("of worker 1");
    try (WorkerPool pool = new WorkerPool(2, 1)) {
      WorkerPool.Task fails =
          worker -> {
            if (worker == 1) {
              throw thrown;
            }
          };

      assertSame(thrown, assertThrows(IllegalStateException.class, () -> pool.run(fails)));

      int[] runs = new int[2];
      pool.run(worker -> runs[worker]++);
      assertEquals(1, runs[1]);
    }
  }

  @Test
  void errorOfAWorkerReachesTheEngineThread() {
    OutOfMemoryError thrown = new OutOfMemoryError("of worker 2");
    try (WorkerPool pool = new WorkerPool(3, 1)) {
      WorkerPool.Task fails =
          worker -> {
            if (worker == 2) {
              throw thrown;
            }
          };

      assertSame(thrown, assertThrows(OutOfMemoryError.class, () -> pool.run(fails)));
    }
  }

  @Test
  void engineThreadsOwnExceptionWaitsForTheWorkers() {
    Thread engine = Thread.currentThread();
    boolean[] finished = new boolean[1];
    CountDownLatch begun = new CountDownLatch(1);
    try (WorkerPool pool = new WorkerPool(2, 1)) {
      WorkerPool.Task fails =
          worker -> {
            if (worker == 0) {
              await(begun);
              throw new IllegalStateException("of worker 0");
            }
            begun.countDown();
            awaitWaiting(engine);
            finished[0] = true;
          };

      assertThrows(IllegalStateException.class, () -> pool.run(fails));
      assertEquals(true, finished[0]);
    }
  }

  @Test
  void engineThreadDoesPartsThatNoWorkerHasBegun() {
    Thread[] ran = new Thread[64];
    try (WorkerPool pool = new WorkerPool(ran.length, 1)) {
      for (int run = 0; run < 100_000 && ran[63] != Thread.currentThread(); run++) {
        awaitParked(pool);
        pool.run(worker -> ran[worker] = Thread.currentThread());
      }
    }

    assertSame(Thread.currentThread(), ran[63]);
  }

  @Test
  void closeEndsThreadsThatAreParked() {
    WorkerPool pool = new WorkerPool(4, 1);
    awaitParked(pool);

    pool.close();

    for (Thread thread : pool.threads()) {
      assertFalse(thread.isAlive());
    }
  }

  @Test
  void closeOfAnInterruptedThreadStillJoinsAndKeepsTheInterrupt() {
    WorkerPool pool = new WorkerPool(2, 1);
    Thread.currentThread().interrupt();

    pool.close();

    assertEquals(true, Thread.interrupted());
    assertFalse(pool.threads()[0].isAlive());
  }

  @Test
  void closedPoolRunsNothing() {
    WorkerPool pool = new WorkerPool(2, 1);
    pool.close();
    pool.close();

    assertThrows(IllegalStateException.class, () -> pool.run(worker -> {}));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 64})
  void unitsAreDividedWithoutGapsAndTheFirstWorkerHasTheFirst(int threads) {
    try (WorkerPool pool = new WorkerPool(threads, 1)) {
      for (int units = 0; units < 200; units++) {
        assertEquals(0, pool.begin(units, 0));
        assertEquals(units, pool.end(units, threads - 1));
        assertEquals(units, pool.tileEnd(units, 16, threads - 1));
        for (int worker = 0; worker < threads; worker++) {
          int size = pool.end(units, worker) - pool.begin(units, worker);
          assertEquals(0.5 + 1.0 * units / threads, size + 0.5, 1.0);
          int begin = pool.tileBegin(units, 16, worker);
          assertEquals(0, begin == units ? 0 : begin % 16);
        }
      }
      assertEquals(1, pool.end(1, 0));
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void awaitParked(WorkerPool pool) {
    for (Thread thread : pool.threads()) {
      awaitWaiting(thread);
    }
  }

  private static void awaitWaiting(Thread thread) {
    while (thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
  }
}
