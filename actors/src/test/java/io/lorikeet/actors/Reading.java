package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.GenerationEvent.PromptRead;
import io.lorikeet.actors.GenerationEvent.Terminal;
import io.lorikeet.engine.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorSystem;

/** A reader of one answer, who acknowledges when a test says so. */
final class Reading {
  final Answer.Accepted accepted;
  final TestProbe<GenerationEvent> sink;
  final List<GenerationEvent> events = new ArrayList<>();

  private Reading(Answer.Accepted accepted, TestProbe<GenerationEvent> sink) {
    this.accepted = accepted;
    this.sink = sink;
  }

  static Answer answer(Engine engine, Generation generation) throws Exception {
    return engine
        .generate(generation)
        .toCompletableFuture()
        .get(Engines.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  static Reading start(Engine engine, Generation generation) throws Exception {
    Answer.Accepted accepted = assertInstanceOf(Answer.Accepted.class, answer(engine, generation));
    return of(engine, accepted);
  }

  static Reading of(Engine engine, Answer.Accepted accepted) {
    return of(engine.system(), accepted);
  }

  /** Reads from another actor system than the engine's: it outlives a shutdown. */
  static Reading of(ActorSystem<?> readers, Answer.Accepted accepted) {
    TestProbe<GenerationEvent> sink = TestProbe.create(readers);
    accepted.request().tell(new RequestProtocol.Attach(sink.ref()));
    return new Reading(accepted, sink);
  }

  static void assertRejected(ErrorCode code, Answer answer) {
    assertEquals(code, assertInstanceOf(Answer.Rejected.class, answer, answer::toString).code());
  }

  GenerationEvent next() {
    GenerationEvent event = sink.receiveMessage(Engines.PATIENCE);
    events.add(event);
    return event;
  }

  void ack() {
    accepted.request().tell(RequestProtocol.Ack.INSTANCE);
  }

  /** Reads to the end. */
  Terminal finish() {
    GenerationEvent event = next();
    while (!(event instanceof Terminal)) {
      ack();
      event = next();
    }
    return (Terminal) event;
  }

  void assertFailed(ErrorCode code) {
    Terminal end = finish();
    assertEquals(code, assertInstanceOf(GenerationEvent.Failed.class, end, end::toString).code());
  }

  List<Piece> pieces() {
    return events.stream().filter(Piece.class::isInstance).map(Piece.class::cast).toList();
  }

  List<PromptRead> prompts() {
    return events.stream()
        .filter(PromptRead.class::isInstance)
        .map(PromptRead.class::cast)
        .toList();
  }

  List<ChoiceEnded> endings() {
    return events.stream()
        .filter(ChoiceEnded.class::isInstance)
        .map(ChoiceEnded.class::cast)
        .toList();
  }

  List<Integer> ids(int choice) {
    return pieces().stream()
        .filter(p -> p.choice() == choice)
        .flatMap(p -> p.ids().stream())
        .toList();
  }

  String text(int choice) {
    StringBuilder text = new StringBuilder();
    pieces().stream().filter(p -> p.choice() == choice).forEach(p -> text.append(p.text()));
    return text.toString();
  }
}
