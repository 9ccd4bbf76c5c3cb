package io.lorikeet.actors;

import io.lorikeet.actors.AdapterSource.Copy;
import io.lorikeet.actors.AdapterSource.Stamp;
import io.lorikeet.config.AdapterSettings;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.adapter.merge.Recipe;
import io.lorikeet.engine.error.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Drives an {@link AdapterBook} by hand: tasks wait until a test runs them, on a virtual clock. */
final class BookDriver implements AdapterWork<String> {
  static final AdapterSettings SETTINGS =
      new AdapterSettings(
          100, 1 << 20, 1000, 2, Duration.ofSeconds(60), 3, List.of(), Duration.ofSeconds(10));

  /** What a holder was told. */
  record Reply(Optional<Lease> lease, Optional<ErrorCode> code) {
    static final Reply NONE = new Reply(Optional.empty(), Optional.empty());
  }

  /** A task that waits; {@link #run} does it and gives its answer. */
  record Task(String what, Runnable body) {
    void run() {
      body.run();
    }
  }

  final ScriptedSource source = new ScriptedSource();
  final AdapterBook<String> book;
  final List<Task> tasks = new ArrayList<>();
  final Map<String, Reply> replies = new HashMap<>();
  final Map<GenerationId, ErrorCode> pageFailures = new HashMap<>();
  final List<GenerationId> paged = new ArrayList<>();
  int roomAsked;
  long now;

  BookDriver(AdapterSettings settings) {
    book = new AdapterBook<>(settings, this);
  }

  static BookDriver create() {
    return new BookDriver(SETTINGS);
  }

  /** Runs tasks, and those that follow from them, until none is left. */
  void runAll() {
    while (!tasks.isEmpty()) {
      runNext();
    }
  }

  void runNext() {
    tasks.removeFirst().run();
  }

  List<String> waiting() {
    return tasks.stream().map(Task::what).toList();
  }

  void advance(Duration time) {
    now += time.toNanos();
    book.advance(now);
  }

  Reply resolve(String holder, String name) {
    book.resolve(holder, name, now);
    runAll();
    return reply(holder);
  }

  Reply resolve(String holder, Recipe<String> recipe) {
    book.resolve(holder, recipe, now);
    runAll();
    return reply(holder);
  }

  /** What the holder was told; {@link Reply#NONE} while it waits. */
  Reply reply(String holder) {
    return replies.getOrDefault(holder, Reply.NONE);
  }

  @Override
  public void lookUp(long lookup, String name) {
    task(
        "look up " + name,
        () -> {
          Optional<Stamp> stamp;
          try {
            stamp = source.stamp(name);
          } catch (RuntimeException e) {
            book.lookedUp(lookup, Optional.empty(), Optional.of(Failure.of(e)), now);
            return;
          }
          book.lookedUp(lookup, stamp, Optional.empty(), now);
        });
  }

  @Override
  public void copy(long load, String name) {
    task(
        "copy " + name,
        () -> {
          Stamp stamp;
          Copy copy;
          try {
            stamp = source.stamp(name).orElseThrow();
            copy = source.copy(name);
          } catch (RuntimeException e) {
            book.failed(load, Failure.of(e), now);
            return;
          }
          book.copied(load, stamp, copy, now);
        });
  }

  @Override
  public void read(long load, Copy copy) {
    task(
        "read " + copy.generation().hash(),
        () -> {
          AdapterImage image;
          try {
            image = copy.read();
          } catch (RuntimeException e) {
            book.failed(load, Failure.of(e), now);
            return;
          }
          book.read(load, image, now);
        });
  }

  @Override
  public void merge(long load, MergeOrder order, long bytesMax) {
    task(
        "merge " + order.names().values().stream().sorted().toList(),
        () -> {
          AdapterImage image;
          try {
            image = order.build(source, bytesMax);
          } catch (RuntimeException e) {
            book.failed(load, Failure.of(e), now);
            return;
          }
          book.read(load, image, now);
        });
  }

  @Override
  public void stage(GenerationId generation, long epoch, AdapterImage image) {
    task(
        "stage " + generation.hash(),
        () -> {
          if (book.staged(generation, epoch, Optional.empty())) {
            paged.add(generation);
          }
        });
  }

  private void task(String what, Runnable body) {
    tasks.add(new Task(what, body));
  }

  @Override
  public void granted(String holder, Lease lease) {
    reply(holder, new Reply(Optional.of(lease), Optional.empty()));
  }

  @Override
  public void refused(String holder, String name, ErrorCode code, String message) {
    reply(holder, new Reply(Optional.empty(), Optional.of(code)));
  }

  private void reply(String holder, Reply reply) {
    if (replies.put(holder, reply) != null) {
      throw new AssertionError(holder + " was answered twice");
    }
  }

  @Override
  public void pageFailed(GenerationId generation, long epoch, ErrorCode code, String message) {
    pageFailures.put(generation, code);
  }

  @Override
  public void makeRoom(long epoch) {
    roomAsked++;
  }
}
