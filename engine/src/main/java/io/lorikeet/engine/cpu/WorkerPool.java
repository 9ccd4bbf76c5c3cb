package io.lorikeet.engine.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Persistent worker threads that run one task at a time together with the engine thread, which is
 * worker 0. A run ends when every worker has finished its part. Waiting threads spin for about 20
 * us, since the next task of a step follows sooner than that, and then park. Runs allocate nothing.
 *
 * <p>Confined to the engine thread, which owns and closes it.
 */
final class WorkerPool implements AutoCloseable {
  /** One part per worker; workers write different elements. */
  interface Task {
    void run(int worker);
  }

  private static final long SPIN_NANOS = 20_000;
  private static final Task NOTHING = worker -> {};

  private final Thread engine = Thread.currentThread();
  private final Worker[] workers;
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  // Published by the epoch: written before it, read after it.
  private Task task = NOTHING;
  private boolean closed;
  private volatile int epoch;
  private volatile boolean engineParks;

  /**
   * @param threads workers in all, the engine thread included
   */
  WorkerPool(int threads) {
    workers = new Worker[threads - 1];
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
   * Runs the task on every worker and waits for all of them.
   *
   * @throws RuntimeException or Error: what a part threw, the engine thread's own first. The pool
   *     can go on.
   */
  void run(Task next) {
    assert Thread.currentThread() == engine : "the pool belongs to " + engine;
    if (closed) {
      throw new IllegalStateException("the worker pool is closed");
    }
    if (workers.length == 0) {
      next.run(0);
      return;
    }
    release(next);
    try {
      next.run(0);
    } finally {
      awaitWorkers();
      task = NOTHING;
    }
    rethrow();
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
        LockSupport.unpark(worker.thread);
      }
    }
  }

  private void awaitWorkers() {
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
        try {
          task.run(number);
        } catch (Throwable thrown) {
          failure.compareAndSet(null, thrown);
        }
        if (running.decrementAndGet() == 0 && engineParks) {
          LockSupport.unpark(engine);
        }
      }
    }

    private int await(int seen) {
      long begin = System.nanoTime();
      while (epoch == seen) {
        if (System.nanoTime() - begin > SPIN_NANOS) {
          parks = true;
          while (epoch == seen) {
            LockSupport.park(WorkerPool.this);
          }
          parks = false;
        } else {
          Thread.onSpinWait();
        }
      }
      return epoch;
    }
  }
}
