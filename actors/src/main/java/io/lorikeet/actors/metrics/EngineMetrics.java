package io.lorikeet.actors.metrics;

import io.lorikeet.engine.schedule.LoopState;
import io.lorikeet.engine.schedule.StepReport;
import java.util.Locale;
import kamon.Kamon;
import kamon.metric.Counter;
import kamon.metric.Gauge;
import kamon.metric.Histogram;
import kamon.metric.Timer;
import kamon.tag.TagSet;

/**
 * The instruments of an engine, looked up once. Thread-safe; a call costs nanoseconds. Times and
 * counts come in as arguments.
 */
public final class EngineMetrics {
  /** Why a choice or a request ended, in vLLM's words. */
  public enum Finished {
    STOP,
    LENGTH,
    ABORT,
    ERROR
  }

  private final String modelName;
  private final KamonText kamon = KamonText.get();
  private final Timer firstToken;
  private final Timer betweenTokens;
  private final Timer request;
  private final Timer stepTime;
  private final Histogram stepRows;
  private final Counter promptTokens;
  private final Counter generationTokens;
  private final Counter preemptions;
  private final Counter stepFailures;
  private final Counter losses;
  private final Counter stopped;
  private final Counter reachedLength;
  private final Counter aborted;
  private final Counter failed;
  private final Gauge running;
  private final Gauge waiting;
  private final Gauge kvUsage;
  private volatile AdapterPresence adapters = AdapterPresence.NONE;
  private volatile int slots;

  private EngineMetrics(String modelName) {
    this.modelName = modelName;
    TagSet tags = TagSet.of("model_name", modelName);
    firstToken = Kamon.timer("vllm_time_to_first_token").withTags(tags);
    betweenTokens = Kamon.timer("vllm_inter_token_latency").withTags(tags);
    request = Kamon.timer("vllm_e2e_request_latency").withTags(tags);
    promptTokens = Kamon.counter("vllm_prompt_tokens").withTags(tags);
    generationTokens = Kamon.counter("vllm_generation_tokens").withTags(tags);
    preemptions = Kamon.counter("vllm_num_preemptions").withTags(tags);
    running = Kamon.gauge("vllm_num_requests_running").withTags(tags);
    waiting = Kamon.gauge("vllm_num_requests_waiting").withTags(tags);
    kvUsage = Kamon.gauge("vllm_kv_cache_usage_perc").withTags(tags);
    stepTime = Kamon.timer("lorikeet_step_time").withTags(tags);
    stepRows = Kamon.histogram("lorikeet_step_rows").withTags(tags);
    stepFailures = Kamon.counter("lorikeet_step_failures").withTags(tags);
    losses = Kamon.counter("lorikeet_executor_losses").withTags(tags);
    stopped = finished(tags, Finished.STOP);
    reachedLength = finished(tags, Finished.LENGTH);
    aborted = finished(tags, Finished.ABORT);
    failed = finished(tags, Finished.ERROR);
  }

  private static Counter finished(TagSet tags, Finished reason) {
    return Kamon.counter("vllm_request_success")
        .withTags(tags.withTag("finished_reason", reason.name().toLowerCase(Locale.ROOT)));
  }

  /** Instruments for one model; starts Kamon when nobody has yet, which takes about a second. */
  public static EngineMetrics create(String modelName) {
    return new EngineMetrics(modelName);
  }

  /** From the arrival of a request to its first token. */
  public void firstToken(long nanos) {
    firstToken.record(nanos);
  }

  /** Between two tokens of one choice. */
  public void betweenTokens(long nanos) {
    betweenTokens.record(nanos);
  }

  /** A choice ended, or a request was aborted or failed. */
  public void finished(Finished reason) {
    switch (reason) {
      case STOP -> stopped.increment();
      case LENGTH -> reachedLength.increment();
      case ABORT -> aborted.increment();
      case ERROR -> failed.increment();
    }
  }

  /** A request ended. */
  public void request(long nanos, int prompt, int generated) {
    request.record(nanos);
    promptTokens.increment(prompt);
    generationTokens.increment(generated);
  }

  public void step(StepReport report) {
    preemptions.increment(report.preempted());
    switch (report.outcome()) {
      case StepReport.Done(long _, int rows, long elapsedNanos) -> {
        stepTime.record(elapsedNanos);
        stepRows.record(rows);
      }
      case StepReport.StepFailed _ -> stepFailures.increment();
      case StepReport.Lost _ -> losses.increment();
      case StepReport.Idle _, StepReport.Pending _ -> {}
    }
  }

  public void loop(LoopState state) {
    running.update(state.running());
    waiting.update(state.waiting() + state.preempted());
    kvUsage.update(
        state.blocksTotal() == 0 ? 0 : (double) state.blocksUsed() / state.blocksTotal());
    slots = state.slots();
  }

  public void adapters(AdapterPresence presence) {
    adapters = presence;
  }

  /**
   * Everything in the Prometheus text format, at most a second old.
   *
   * @param seconds since 1970
   */
  public String scrape(long seconds) {
    return kamon.scrape() + AdapterSeries.text(adapters, modelName, slots, seconds);
  }
}
