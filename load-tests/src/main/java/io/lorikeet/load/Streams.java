package io.lorikeet.load;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.load.Golden.Question;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntSupplier;

/** Feeds users with streams: an adapter drawn as the plan says, and one of its questions. */
final class Streams implements Iterator<Map<String, Object>> {
  private final Dialect dialect;
  private final Ledger ledger;
  private final Golden golden;
  private final List<String> adapters;
  private final IntSupplier numbers;
  private final Random questions;

  Streams(Plan plan, Dialect dialect, Ledger ledger) {
    this.dialect = dialect;
    this.ledger = ledger;
    golden = Golden.read(plan.model());
    adapters = plan.adapters();
    numbers = plan.draw().numbers(adapters.size(), plan.seed());
    questions = new Random(plan.seed());
  }

  /** A stream and the request that begins it. */
  record Asked(Stream stream, ObjectNode request) {}

  synchronized Asked ask() {
    String adapter = adapters.get(numbers.getAsInt());
    List<Question> all = golden.of(adapter);
    Question question = all.get(questions.nextInt(all.size()));
    return new Asked(
        new Stream(ledger, dialect, adapter, question.answer()),
        dialect.request(adapter, question));
  }

  @Override
  public boolean hasNext() {
    return true;
  }

  @Override
  public Map<String, Object> next() {
    Asked asked = ask();
    return Map.of("stream", asked.stream(), "request", asked.request().toString());
  }
}
