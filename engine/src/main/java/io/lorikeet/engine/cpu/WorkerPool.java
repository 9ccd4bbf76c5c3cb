package io.lorikeet.engine.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Persistent worker threads that run one task at a time together with the engine thread, which is
 * worker 0. A task is cut into parts, the same number for each worker; a worker does its own in
 * order and then helps whoever has some left, so that nobody waits for a core that is slower or
 * taken away. Waiting threads spin for about 20 us, since the next task of a step follows sooner
 * than that, and then park. Runs allocate nothing, and who does a part changes no result.
 *
 * <p>Cores are shared with the rest of the server. While it takes longer with the others than the
 * engine thread would need alone, it works alone and does not even wake them.
 *
 * <p>Confined to the engine thread, which owns and closes it.
 */
final class WorkerPool implements AutoCloseable {
  /** Parts write different elements; none is run twice. */
  interface Task {
    void run(int part);
  }

  private static final long SPIN_NANOS = 20_000;
  private static final long ALONE_NANOS_MIN = 2_000_000;
  private static final long ALONE_NANOS_MAX = 128_000_000;
  private static final int WINDOW = 1024; // runs after which the engine thread looks back
  private static final int GOOD_WINDOWS = 16; // in a row: the cores are free again
  private static final int LINE_LONGS = 16; // two cache lines: neighbours are fetched in pairs
  private static final int PART_BITS = 16;
  private static final Task NOTHING = part -> {};

  private final Thread engine = Thread.currentThread();
  private final Worker[] workers;
  private final int partsOfWorker;
  private final int parts;
  // [workers * LINE_LONGS] epoch << PART_BITS | how many of the worker's parts are taken
  private final AtomicLongArray taken;
  private final AtomicInteger unfinished = new AtomicInteger(); // parts
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  // Published by the epoch: written before it, read after it.
  private Task task = NOTHING;
  private boolean closed;
  private long aloneNanos = ALONE_NANOS_MIN; // how long the next time
  private long aloneUntil = System.nanoTime();
  private int window; // runs
  private long togetherNanos; // that the window's runs took
  private double asAloneNanos; // that they would have taken the engine thread alone, by its parts
  private int goodWindows; // in a row
  private volatile int epoch;
  private volatile boolean engineParks;

  /**
   * @param threads workers in all, the engine thread included
   * @param partsOfWorker parts of each worker: more even out more, and each costs some 50 ns
   */
  WorkerPool(int threads, int partsOfWorker) {
    this.partsOfWorker = threads == 1 ? 1 : partsOfWorker;
    parts = threads * this.partsOfWorker;
    workers = new Worker[threads - 1];
    taken = new AtomicLongArray(threads * LINE_LONGS);
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].thread.start();
    }
  }

  /** Parts of every task. */
  int parts() {
    return parts;
  }

  /** Parts of one worker: they follow each other, and parts are a multiple of them. */
  int partsOfWorker() {
    return partsOfWorker;
  }

  /**
   * Runs all parts of the task and waits for them.
   *
   * @throws RuntimeException or Error: what a part threw, the first one that did. The pool can go
   *     on.
   */
  void run(Task next) {
    assert Thread.currentThread() == engine : "the pool belongs to " + engine;
    if (closed) {
      throw new IllegalStateException("the worker pool is closed");
    }
    long begin = System.nanoTime();
    if (workers.length == 0 || begin - aloneUntil < 0) {
      runAlone(next);
      return;
    }
    release(next);
    long released = System.nanoTime();
    int own = runParts(0, epoch);
    long worked = System.nanoTime();
    awaitWorkers(worked);
    task = NOTHING;
    lookBack(begin, (worked - released) * (double) parts / Math.max(1, own));
    rethrow();
  }

  private void runAlone(Task next) {
    for (int part = 0; part < parts; part++) {
      next.run(part);
    }
  }

  /** First of {@code units} that belongs to {@code part}; the last part's end is the units. */
  int begin(int units, int part) {
    return (int) (((long) units * part + parts - 1) / parts);
  }

  /** End of a part's units, exclusive. */
  int end(int units, int part) {
    return begin(units, part + 1);
  }

  /** As {@link #begin(int, int)}, in whole tiles of {@code tile} units; the last may be shorter. */
  int tileBegin(int units, int tile, int part) {
    return Math.min(units, begin(Math.ceilDiv(units, tile), part) * tile);
  }

  /** End of a part's units in whole tiles, exclusive. */
  int tileEnd(int units, int tile, int part) {
    return tileBegin(units, tile, part + 1);
  }

  /** A part's first unit where units take turns: the workers in turns first, then their parts. */
  int turn(int part) {
    return part % partsOfWorker * (workers.length + 1) + part / partsOfWorker;
  }

  /** Ends the threads and waits for them. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (workers.length > 0) {
      release(NOTHING);
    }
    boolean interrupted = false;
    for (Worker worker : workers) {
      interrupted |= join(worker.thread);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The worker threads, without the engine's. */
  Thread[] threads() {
    Thread[] threads = new Thread[workers.length];
    for (int i = 0; i < threads.length; i++) {
      threads[i] = workers[i].thread;
    }
    return threads;
  }

  private void release(Task next) {
    failure.set(null);
    unfinished.set(parts);
    task = next;
    // Only the engine thread writes it.
    int fresh = epoch + 1;
    for (int worker = 0; worker <= workers.length; worker++) {
      taken.setOpaque(worker * LINE_LONGS, (long) fresh << PART_BITS);
    }
    epoch = fresh;
    for (Worker worker : workers) {
      if (worker.parks) {
        worker.parks = false; // once is enough, however long it takes to come
        LockSupport.unpark(worker.thread);
      }
    }
  }

  /** Runs parts as long as there are any, the worker's own first; returns how many. */
  private int runParts(int worker, int run) {
    int count = 0;
    for (int i = 0; i <= workers.length; i++) {
      int owner = (worker + i) % (workers.length + 1);
      for (int part = take(owner, run); part >= 0; part = take(owner, run)) {
        runPart(part);
        count++;
      }
    }
    if (count > 0 && unfinished.addAndGet(-count) == 0 && engineParks) {
      LockSupport.unpark(engine);
    }
    return count;
  }

  private void runPart(int part) {
    try {
      task.run(part);
    } catch (Throwable thrown) {
      failure.compareAndSet(null, thrown);
    }
  }

  /** Takes the owner's next part; -1: all are taken, or the run is over. */
  private int take(int owner, int run) {
    int at = owner * LINE_LONGS;
    while (true) {
      long seen = taken.getOpaque(at);
      int count = (int) seen & (1 << PART_BITS) - 1;
      if ((int) (seen >>> PART_BITS) != run || count == partsOfWorker) {
        return -1;
      }
      // A run does not end before its parts are finished: who takes one sees the run's task.
      if (taken.compareAndSet(at, seen, seen + 1)) {
        return owner * partsOfWorker + count;
      }
    }
  }

  private void awaitWorkers(long begin) {
    while (unfinished.get() != 0) {
      if (System.nanoTime() - begin > SPIN_NANOS) {
        engineParks = true;
        while (unfinished.get() != 0) {
          LockSupport.park(this);
        }
        engineParks = false;
      } else {
        Thread.onSpinWait();
      }
    }
  }

  // Waking workers that do not come costs more than they give, so it is tried again only after a
  // time, longer each time.
  private void lookBack(long begin, double alone) {
    long now = System.nanoTime();
    togetherNanos += now - begin;
    asAloneNanos += alone;
    window++;
    if (window < WINDOW) {
      return;
    }
    if (togetherNanos > asAloneNanos) {
      aloneUntil = now + aloneNanos;
      aloneNanos = Math.min(ALONE_NANOS_MAX, 2 * aloneNanos);
      goodWindows = 0;
    } else if (++goodWindows == GOOD_WINDOWS) {
      aloneNanos = ALONE_NANOS_MIN;
      goodWindows = 0;
    }
    window = 0;
    togetherNanos = 0;
    asAloneNanos = 0;
  }

  private void rethrow() {
    Throwable thrown = failure.get();
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown instanceof RuntimeException exception) {
      throw exception;
    }
  }

  private static boolean join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        return interrupted;
      } catch (InterruptedException e) {
        // Threads that outlive the pool would touch memory that its owner frees next.
        interrupted = true;
      }
    }
  }

  private final class Worker implements Runnable {
    final Thread thread;
    final int number;
    volatile boolean parks;

    Worker(int number) {
      this.number = number;
      thread = Thread.ofPlatform().daemon().name("lorikeet-worker-" + number).unstarted(this);
    }

    @Override
    public void run() {
      int seen = 0;
      while (true) {
        seen = await(seen);
        if (closed) {
          return;
        }
        runParts(number, seen);
      }
    }

    private int await(int seen) {
      long begin = System.nanoTime();
      while (epoch == seen) {
        if (System.nanoTime() - begin > SPIN_NANOS) {
          parks = true;
          if (epoch == seen) {
            LockSupport.park(WorkerPool.this);
          }
        } else {
          Thread.onSpinWait();
        }
      }
      parks = false;
      return epoch;
    }
  }
}
