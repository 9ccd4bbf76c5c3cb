package io.lorikeet.cli.lorax;

import io.lorikeet.cli.lorax.LoraxFlag.Kind;
import java.util.List;

/** All flags of LoRAX's launcher (v0.12, {@code launcher/src/main.rs}), in its order. */
final class LoraxFlags {
  private static final String NOT_FETCHED =
      "models and adapters are folders; nothing is fetched from anywhere";
  private static final String ONE_PROCESS = "the server is one process on one device";
  private static final String STEPS =
      "every step takes prompts in pieces beside running answers, within `schedule.step-budget`";
  private static final String GRAPHS =
      "there is a graph for each of several numbers of rows, up to 128, and for any rank";
  private static final String ANY_HEADER =
      "pages of allowed origins may send and read any header, and use GET, POST and DELETE";

  static final List<LoraxFlag> ALL =
      List.of(
          flag("--model-id", Kind.WORD, "mistralai/Mistral-7B-Instruct-v0.1")
              .does("`--model`: a folder. The base is asked for by this very name"),
          flag("--adapter-id", Kind.WORD, "")
              .refused("an adapter answers only requests that name it (`adapter_id`, `model`)", ""),
          flag("--source", Kind.WORD, "hub").refused(NOT_FETCHED, "hub", "local"),
          flag("--default-adapter-source", Kind.WORD, "").refused(NOT_FETCHED, "local"),
          flag("--adapter-source", Kind.WORD, "hub").refused(NOT_FETCHED, "local"),
          flag("--revision", Kind.WORD, "").refused(NOT_FETCHED),
          flag("--validation-workers", Kind.COUNT, "2")
              .nothing("text work has threads of its own, as many as there are cores"),
          flag("--sharded", Kind.BOOLEAN, "").refused(ONE_PROCESS, "false"),
          flag("--num-shard", Kind.COUNT, "").refused(ONE_PROCESS, "1"),
          flag("--quantize", Kind.WORD, "")
              .chooses(
                  "engine.weights",
                  List.of("q8", "q4"),
                  "the weights are quantised at start",
                  "files that are quantised are not read, and weights are quantised for the CPU"
                      + " in these formats only"),
          flag("--compile", Kind.SWITCH, "false")
              .switches("engine.graphs", "true", "a GPU gets steps that only draw as CUDA graphs"),
          flag("--eager", Kind.SWITCH, "false")
              .switches("engine.graphs", "false", "a GPU gets every kernel on its own"),
          flag("--compile-max-batch-size", Kind.COUNT, "128").nothing(GRAPHS),
          flag("--compile-max-rank", Kind.COUNT, "64").nothing(GRAPHS),
          flag("--compile-batch-size", Kind.COUNT, "32").nothing(GRAPHS),
          flag("--speculative-tokens", Kind.COUNT, "0")
              .nothing("there is no speculation, which changes speed only"),
          flag("--speculation-max-batch-size", Kind.COUNT, "32")
              .nothing("there is no speculation, which changes speed only"),
          flag("--preloaded-adapter-ids", Kind.WORDS, "")
              .does(
                  "loads these adapters of `--adapters` before the server is ready, or does not"
                      + " start; others are still loaded when they are asked for"),
          flag("--preloaded-adapter-source", Kind.WORD, "").refused(NOT_FETCHED, "local"),
          flag("--predibase-api-token", Kind.WORD, "").nothing(NOT_FETCHED),
          flag("--dtype", Kind.WORD, "").refused("weights are used as the file has them"),
          flag("--trust-remote-code", Kind.SWITCH, "false")
              .nothing("no code of a model folder is ever run"),
          flag("--max-concurrent-requests", Kind.COUNT, "1024")
              .sets(
                  new Effect.Sets(
                      List.of("requests.concurrent-max", "schedule.waiting-max"),
                      "answers that run and wait; the next one gets 429")),
          flag("--max-best-of", Kind.COUNT, "2")
              .sets("requests.choices-max", "`best_of`, and `n` on OpenAI's routes"),
          flag("--max-stop-sequences", Kind.COUNT, "4")
              .sets("requests.stops-max", "entries of `stop`"),
          flag("--max-input-length", Kind.COUNT, "total - 1")
              .sets("requests.prompt-tokens-max", "tokens of a prompt"),
          flag("--max-total-tokens", Kind.COUNT, "min(context, 4096)")
              .sets("requests.total-tokens-max", "prompt and new tokens of an answer"),
          flag("--waiting-served-ratio", Kind.NUMBER, "1.2").nothing(STEPS),
          flag("--max-batch-prefill-tokens", Kind.COUNT, "max-input-length + 50").nothing(STEPS),
          flag("--max-batch-total-tokens", Kind.COUNT, "measured")
              .sets("engine.kv-tokens", "tokens that the KV cache holds; more wait"),
          flag("--max-waiting-tokens", Kind.COUNT, "20").nothing(STEPS),
          flag("--eager-prefill", Kind.BOOLEAN, "true").nothing(STEPS),
          flag("--chunked-prefill", Kind.BOOLEAN, "false").nothing(STEPS),
          flag("--prefix-caching", Kind.BOOLEAN, "false")
              .nothing("there is no prefix cache, which changes speed only"),
          flag("--merge-adapter-weights", Kind.SWITCH, "false")
              .refused("adapters are never merged into the base; each request names its own"),
          flag("--max-active-adapters", Kind.COUNT, "1024")
              .sets("engine.slots", "adapters in use at once; requests for more wait"),
          flag("--adapter-cycle-time-s", Kind.COUNT, "2")
              .nothing("adapters run side by side and take no turns"),
          flag("--adapter-memory-fraction", Kind.NUMBER, "0.1")
              .nothing(
                  "adapters take no share of the KV cache; their budget is"
                      + " `adapters.host-bytes`"),
          flag("--hostname", Kind.WORD, "0.0.0.0").sets("server.host", "`--host`"),
          flag("--port", Kind.COUNT, "3000").sets("server.port", "the same; also `-p`"),
          flag("--shard-uds-path", Kind.WORD, "/tmp/lorax-server").nothing(ONE_PROCESS),
          flag("--master-addr", Kind.WORD, "localhost").nothing(ONE_PROCESS),
          flag("--master-port", Kind.COUNT, "29500").nothing(ONE_PROCESS),
          flag("--huggingface-hub-cache", Kind.WORD, "").nothing(NOT_FETCHED),
          flag("--weights-cache-override", Kind.WORD, "").nothing(NOT_FETCHED),
          flag("--disable-custom-kernels", Kind.SWITCH, "false")
              .switches(
                  "engine.kernels",
                  "vector",
                  "the portable kernels; answers are bit for bit the same"),
          flag("--cuda-memory-fraction", Kind.NUMBER, "1.0")
              .refused(
                  "memory is set in bytes: `engine.kv-bytes`, `adapters.host-bytes`", "1", "1.0"),
          flag("--json-output", Kind.SWITCH, "false")
              .does("the log is written as JSON, a line each"),
          flag("--otlp-endpoint", Kind.WORD, "").refused("there are no traces yet"),
          flag("--cors-allow-origin", Kind.WORDS, "")
              .sets("access.cors-origins", "`--cors-origin`"),
          flag("--cors-allow-header", Kind.WORDS, "").refused(ANY_HEADER, "*"),
          flag("--cors-expose-header", Kind.WORDS, "").refused(ANY_HEADER, "*"),
          flag("--cors-allow-method", Kind.WORDS, "").refused(ANY_HEADER, "*"),
          flag("--cors-allow-credentials", Kind.BOOLEAN, "")
              .refused("keys are sent by the page's script, never by the browser", "false"),
          flag("--watermark-gamma", Kind.NUMBER, "0.5")
              .nothing("requests that ask for a watermark are refused"),
          flag("--watermark-delta", Kind.NUMBER, "2.0")
              .nothing("requests that ask for a watermark are refused"),
          flag("--ngrok", Kind.SWITCH, "false").refused("there are no tunnels"),
          flag("--ngrok-authtoken", Kind.WORD, "").nothing("there are no tunnels"),
          flag("--ngrok-edge", Kind.WORD, "").nothing("there are no tunnels"),
          flag("--env", Kind.SWITCH, "false").does("logs Java, system and machine; also `-e`"),
          flag("--download-only", Kind.SWITCH, "false").refused(NOT_FETCHED),
          flag("--tokenizer-config-path", Kind.WORD, "")
              .refused("the model folder's own is used; `--chat-template` takes another template"),
          flag("--backend", Kind.WORD, "fa2")
              .nothing("attention has one definition here; see `executor` of `/info`"),
          flag("--embedding-dim", Kind.COUNT, "").refused("embeddings are as wide as the model"),
          flag("--disable-sgmv", Kind.SWITCH, "false")
              .nothing("adapters of every rank go through the same kernels"),
          flag("--memory-wiggle-room", Kind.NUMBER, "0.9")
              .nothing("memory is computed before it is taken, not measured"));

  private LoraxFlags() {}

  private static Draft flag(String name, Kind kind, String loraxDefault) {
    return new Draft(name, kind, loraxDefault);
  }

  private record Draft(String name, Kind kind, String loraxDefault) {
    LoraxFlag sets(Effect.Sets effect) {
      return with(effect);
    }

    LoraxFlag sets(String key, String meaning) {
      return with(new Effect.Sets(key, meaning));
    }

    LoraxFlag chooses(String key, List<String> values, String meaning, String why) {
      return with(new Effect.Chooses(key, values, meaning, why));
    }

    LoraxFlag switches(String key, String value, String meaning) {
      return with(new Effect.Switches(key, value, meaning));
    }

    LoraxFlag does(String meaning) {
      return with(new Effect.Does(meaning));
    }

    LoraxFlag nothing(String why) {
      return with(new Effect.Nothing(why));
    }

    LoraxFlag refused(String why, String... neutral) {
      return with(new Effect.Refused(why, neutral));
    }

    private LoraxFlag with(Effect effect) {
      return new LoraxFlag(name, kind, loraxDefault, effect);
    }
  }
}
