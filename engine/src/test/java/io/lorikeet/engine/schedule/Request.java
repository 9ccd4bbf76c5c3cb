package io.lorikeet.engine.schedule;

import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.sample.SamplingParams;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Builds {@link SequenceRequest}s for tests; everything has a default. */
final class Request {
  private final long id;
  private String principal = "p";
  private Composition composition = Composition.BASE;
  private int[] prompt = {1, 2, 3};
  private int maxNewTokens = 5;
  private int[] stops = {};
  private int credit = 1000;
  private long deadline = SequenceRequest.NO_DEADLINE;
  private int promptLogprobs = -1;
  private Pooling pooling = Pooling.NONE;
  private boolean logits;

  private Request(long id) {
    this.id = id;
  }

  static Request of(long id) {
    return new Request(id);
  }

  Request principal(String value) {
    principal = value;
    return this;
  }

  Request adapter(GenerationId value) {
    return composition(Composition.of(value));
  }

  Request composition(Composition value) {
    composition = value;
    return this;
  }

  Request adapter(String value) {
    return adapter(new GenerationId(value));
  }

  /** So many prompt tokens, different for each id. */
  Request promptTokens(int count) {
    prompt = IntStream.range(0, count).map(i -> (int) ((id * 37 + i * 11L) % 1000)).toArray();
    return this;
  }

  Request token(int at, int value) {
    prompt[at] = value;
    return this;
  }

  Request newTokens(int value) {
    maxNewTokens = value;
    return this;
  }

  Request stops(int... values) {
    stops = values;
    return this;
  }

  Request credit(int value) {
    credit = value;
    return this;
  }

  Request deadline(long value) {
    deadline = value;
    return this;
  }

  Request scored(int top) {
    promptLogprobs = top;
    return this;
  }

  /** Generates nothing and pools its prompt's hidden states. */
  Request pooled(Pooling value) {
    pooling = value;
    return newTokens(0);
  }

  Request logits() {
    logits = true;
    return this;
  }

  /** One more adapter of a weighted sum. */
  Request with(String generation, float weight) {
    List<Composition.Part> parts = new ArrayList<>(composition.parts());
    parts.add(new Composition.Part(new GenerationId(generation), weight));
    return composition(new Composition(parts));
  }

  SequenceRequest build() {
    SamplingParams sampling = new SamplingParams(1f, 0, 1f, 0f, id, -1);
    return new SequenceRequest(
        id,
        principal,
        composition,
        Arrays.copyOf(prompt, prompt.length),
        maxNewTokens,
        sampling,
        stops,
        credit,
        deadline,
        promptLogprobs,
        pooling,
        logits);
  }
}
