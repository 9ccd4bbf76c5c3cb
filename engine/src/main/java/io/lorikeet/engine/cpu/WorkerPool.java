package io.lorikeet.engine.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Persistent worker threads that run one task at a time together with the engine thread, which is
 * worker 0. A run ends when every part is finished. Waiting threads spin for about 20 us, since the
 * next task of a step follows sooner than that, and then park. Runs allocate nothing.
 *
 * <p>A part is its worker's, so that it finds its data in its cache; but one that a worker has not
 * begun when the engine thread is free is done by the engine thread. Cores are shared with the rest
 * of the server: nobody waits for a thread that the system does not run. While that happens to many
 * parts, the engine thread works alone and does not even wake the others.
 *
 * <p>Confined to the engine thread, which owns and closes it.
 */
final class WorkerPool implements AutoCloseable {
  /** One part per worker; parts write different elements. */
  interface Task {
    void run(int worker);
  }

  private static final long SPIN_NANOS = 20_000;
  private static final long ALONE_NANOS_MIN = 2_000_000;
  private static final long ALONE_NANOS_MAX = 128_000_000;
  private static final int WINDOW = 1024; // runs after which the engine thread looks back
  private static final int GOOD_WINDOWS = 16; // in a row: the cores are free again
  private static final int LEFT_PART =
      8; // one in so many parts that no worker came for is too many
  private static final long STALL_NANOS = 200_000;
  private static final int STALL_PARTS = 64; // that a stall counts for
  private static final int LINE_INTS = 32; // two cache lines: neighbours are fetched in pairs
  private static final Task NOTHING = worker -> {};

  private final Thread engine = Thread.currentThread();
  private final Worker[] workers;
  private final AtomicIntegerArray taken; // [workers * LINE_INTS] epoch that the part was taken in
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  // Published by the epoch: written before it, read after it.
  private Task task = NOTHING;
  private boolean closed;
  private long aloneNanos = ALONE_NANOS_MIN; // how long the next time
  private long aloneUntil = System.nanoTime();
  private int window; // runs
  private int leftParts; // of the window
  private int goodWindows; // in a row
  private volatile int epoch;
  private volatile boolean engineParks;

  /**
   * @param threads workers in all, the engine thread included
   */
  WorkerPool(int threads) {
    workers = new Worker[threads - 1];
    taken = new AtomicIntegerArray(threads * LINE_INTS);
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].thread.start();
    }
  }

  /** Workers in all, the engine thread included. */
  int workers() {
    return workers.length + 1;
  }

  /**
   * Runs all parts of the task and waits for them.
   *
   * @throws RuntimeException or Error: what a part threw, the first part's own first. The pool can
   *     go on.
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
    try {
      next.run(0);
    } finally {
      runLeftParts();
      awaitWorkers(System.nanoTime() - begin);
      task = NOTHING;
    }
    lookBack(begin);
    rethrow();
  }

  private void runAlone(Task next) {
    for (int part = 0; part <= workers.length; part++) {
      next.run(part);
    }
  }

  /** First of {@code units} that belongs to {@code worker}; the last worker's end is the units. */
  int begin(int units, int worker) {
    int workers = workers();
    return (int) (((long) units * worker + workers - 1) / workers);
  }

  /** End of a worker's units, exclusive. */
  int end(int units, int worker) {
    return begin(units, worker + 1);
  }

  /** As {@link #begin(int, int)}, in whole tiles of {@code tile} units; the last may be shorter. */
  int tileBegin(int units, int tile, int worker) {
    return Math.min(units, begin(Math.ceilDiv(units, tile), worker) * tile);
  }

  /** End of a worker's units in whole tiles, exclusive. */
  int tileEnd(int units, int tile, int worker) {
    return tileBegin(units, tile, worker + 1);
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
    running.set(workers.length);
    task = next;
    // Only the engine thread writes it.
    int fresh = epoch + 1;
    epoch = fresh;
    for (Worker worker : workers) {
      if (worker.parks) {
        worker.parks = false; // once is enough, however long it takes to come
        LockSupport.unpark(worker.thread);
      }
    }
  }

  private void runLeftParts() {
    for (Worker worker : workers) {
      leftParts += runPart(worker.number, epoch) ? 1 : 0;
    }
  }

  /** Runs a part; false: somebody else did or does. */
  private boolean runPart(int part, int run) {
    // A run does not end before all of its parts are taken: who takes one sees the run's task.
    if (!taken.compareAndSet(part * LINE_INTS, run - 1, run)) {
      return false;
    }
    try {
      task.run(part);
    } catch (Throwable thrown) {
      failure.compareAndSet(null, thrown);
    }
    if (running.decrementAndGet() == 0 && engineParks) {
      LockSupport.unpark(engine);
    }
    return true;
  }

  private void awaitWorkers(long ownNanos) {
    long begin = System.nanoTime();
    while (running.get() != 0) {
      if (System.nanoTime() - begin > SPIN_NANOS) {
        engineParks = true;
        while (running.get() != 0) {
          LockSupport.park(this);
        }
        engineParks = false;
      } else {
        Thread.onSpinWait();
      }
    }
    long waited = System.nanoTime() - begin;
    if (waited > STALL_NANOS && waited > ownNanos) {
      leftParts += STALL_PARTS * workers.length; // taken off its core within a part
    }
  }

  // Waking workers that do not come costs more than they give, so it is tried again only after a
  // time, longer each time. Who does a part changes no result.
  private void lookBack(long now) {
    window++;
    if (window < WINDOW) {
      return;
    }
    if (leftParts > WINDOW * workers.length / LEFT_PART) {
      aloneUntil = now + aloneNanos;
      aloneNanos = Math.min(ALONE_NANOS_MAX, 2 * aloneNanos);
      goodWindows = 0;
    } else if (++goodWindows == GOOD_WINDOWS) {
      aloneNanos = ALONE_NANOS_MIN;
      goodWindows = 0;
    }
    window = 0;
    leftParts = 0;
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
        runPart(number, seen);
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
