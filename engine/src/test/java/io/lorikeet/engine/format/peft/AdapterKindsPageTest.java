package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/adapters.md} says what the readers make of one adapter of each kind. */
final class AdapterKindsPageTest {
  private static final Path PAGE =
      Path.of(System.getProperty("lorikeet.root"), "docs", "adapters.md");

  /**
   * A kind of adapter.
   *
   * @param mark what a file has of it
   * @param how what becomes of it, in words
   */
  private record Kind(String name, String mark, String how, Outcome outcome) {}

  /** What the readers make of an example. */
  private record Outcome(Optional<ErrorCode> refused, boolean composes, boolean merges) {
    static Outcome of(LoadedModel model, AdapterArtifact files) {
      try {
        AdapterImage image = AdapterFolder.read(files, model, warning -> {});
        return new Outcome(Optional.empty(), image.composes(), merges(model, files));
      } catch (LorikeetException e) {
        return new Outcome(Optional.of(e.code()), false, false);
      }
    }

    private static boolean merges(LoadedModel model, AdapterArtifact files) {
      try {
        return !AdapterFolder.readPlain("example", files, model, AdapterLimits.DEFAULT)
            .layers()
            .isEmpty();
      } catch (LorikeetException e) {
        assertEquals(ErrorCode.ADAPTER_MERGE_UNSUPPORTED, e.code());
        return false;
      }
    }
  }

  @Test
  void pageIsWhatTheReadersSay() throws IOException {
    String page = page();
    if (Boolean.getBoolean("lorikeet.write-docs")) {
      Files.writeString(PAGE, page);
    }
    assertEquals(page, Files.readString(PAGE));
  }

  private static String page() {
    return """
    # Adapters

    What becomes of each kind of PEFT adapter (peft 0.21.2). Served means exactly: the logits are PEFT's within the tolerance of `docs/goldens.md`. Everything else is refused when the
    adapter is read, with a stable code and a message that names the field or tensor; nothing is ignored that could change a token. A field that no kind knows is `adapter_field_unknown`
    unless it is off.

    - **sum**: the adapter only adds to what the base computes, so it may be one of several in a weighted sum (`adapters: [{name, weight}]`). Others stand alone.
    - **merge**: it may be part of a merge (`linear`, `ties`, `dare_*`, ...), which PEFT defines for plain LoRA only.
    - Kinds combine where PEFT combines them: norms, embeddings and heads in `modules_to_save` stand beside every method.

    This page is made by `AdapterKindsPageTest`, which compares it with the readers. To write it anew:
    `./mvnw -q -pl engine -am test -Dtest=AdapterKindsPageTest -Dsurefire.failIfNoSpecifiedTests=false -Dlorikeet.write-docs=true`

    ## Served

    | kind | in the file | sum | merge | how |
    |---|---|---|---|---|
    """
        + kinds().stream()
            .filter(kind -> kind.outcome.refused.isEmpty())
            .map(AdapterKindsPageTest::served)
            .collect(Collectors.joining())
        + """

        ## Refused

        | kind | in the file | code | what it does |
        |---|---|---|---|
        """
        + kinds().stream()
            .filter(kind -> kind.outcome.refused.isPresent())
            .map(AdapterKindsPageTest::refused)
            .collect(Collectors.joining())
        + """

        Any other `peft_type` is `adapter_type_unsupported` too. PEFT's `convert_to_lora` makes LoRA of several methods that are refused here.
        """;
  }

  private static String served(Kind kind) {
    return "| %s | %s | %s | %s | %s |\n"
        .formatted(
            kind.name,
            kind.mark,
            kind.outcome.composes ? "yes" : "no",
            kind.outcome.merges ? "yes" : "no",
            kind.how);
  }

  private static String refused(Kind kind) {
    return "| %s | %s | `%s` | %s |\n"
        .formatted(kind.name, kind.mark, kind.outcome.refused.orElseThrow().wire(), kind.how);
  }

  private static List<Kind> kinds() {
    List<Kind> kinds = new ArrayList<>();
    kinds.add(golden("LoRA", "`LORA`", "low-rank updates of any rank", "llama", "all-linear-r8"));
    kinds.add(golden("rsLoRA", "`use_rslora`", "another scale", "llama", "rslora-r16"));
    kinds.add(golden("DoRA", "`use_dora`", "a scale of each output", "llama", "dora-r8"));
    kinds.add(
        golden(
            "aLoRA", "`alora_invocation_tokens`", "acts from its invocation on", "llama", "alora"));
    kinds.add(made("BD-LoRA", "`use_bdlora`", "spread to whole matrices at load", blockLora()));
    kinds.add(
        golden(
            "bias of B", "`lora_bias`", "a bias beside the update", "llama-biases", "lora-bias"));
    kinds.add(golden("biases", "`bias`", "differences of biases", "llama-biases", "bias-all"));
    kinds.add(
        golden(
            "vocabulary",
            "`embed_tokens` and `lm_head` in `target_modules`",
            "updates; base weights in the file replace the base's",
            "llama",
            "embed-and-head"));
    kinds.add(
        golden(
            "saved modules",
            "`modules_to_save`",
            "embeddings, heads and norms of its own",
            "llama",
            "save-embed-and-head"));
    kinds.add(
        golden(
            "experts by name",
            "`experts.N` in tensor names",
            "updates of single experts, routers and shared experts",
            "mixtral",
            "experts-by-name"));
    kinds.add(
        golden(
            "fused experts",
            "`target_parameters`",
            "split into an update per expert",
            "mixtral",
            "experts-and-router"));
    kinds.add(
        golden(
            "token rows",
            "`trainable_token_indices`",
            "rows of its own",
            "llama",
            "trainable-tokens"));
    for (PeftMethod method : PeftMethod.values()) {
      if (method != PeftMethod.LORA) {
        kinds.add(made(method.title(), "`" + method + "`", how(method), TestKinds.of(method)));
      }
    }
    kinds.add(
        golden(
            "PiSSA",
            "`init_lora_weights`",
            "a base without its first singular values; converted ones are LoRA",
            "llama",
            "pissa"));
    kinds.add(
        golden(
            "OLoRA",
            "`init_lora_weights`",
            "a base without a part of its QR decomposition; converted ones are LoRA",
            "llama",
            "olora"));
    Stream.of("corda", "lora_ga")
        .forEach(init ->
            kinds.add(
                made(
                    init,
                    "`init_lora_weights`",
                    "a changed base; converted ones are LoRA",
                    new TestAdapter().set("init_lora_weights", "\"" + init + "\""))));
    kinds.add(
        made(
            "loftq",
            "`init_lora_weights`",
            "a quantised base",
            new TestAdapter().set("init_lora_weights", "\"loftq\"")));
    kinds.add(field("KaSA", "kasa_config", "a base without its last singular values"));
    kinds.add(field("MonteCLoRA", "monteclora_config", "sampled weights"));
    kinds.add(field("Arrow", "arrow_config", "a router over other adapters"));
    kinds.add(field("QALoRA", "use_qalora", "pooled inputs of a quantised base"));
    kinds.add(field("layer replication", "layer_replication", "another number of layers"));
    kinds.add(field("Megatron", "megatron_config", "Megatron's parallel layers"));
    for (RefusedMethod method : RefusedMethod.values()) {
      TestAdapter adapter = new TestAdapter().set("peft_type", "\"" + method + "\"");
      kinds.add(made("" + method, "`" + method + "`", method.does(), adapter));
    }
    return kinds;
  }

  private static String how(PeftMethod method) {
    return switch (method) {
      case LORA -> "low-rank updates of any rank";
      case ADALORA -> "singular values folded into an update of the rank that is left";
      case IA3 -> "scales of outputs with their bias, or of inputs";
      case VERA -> "vectors folded into low-rank updates; with saved projections";
      case LOHA -> "an update of the square of its rank, or a whole one where that is smaller";
      case LOKR -> "an update of the product of two ranks, or a whole one where that is smaller";
      case LN_TUNING -> "norms of its own";
      case TRAINABLE_TOKENS -> "rows of its own";
    };
  }

  private static TestAdapter blockLora() {
    return new TestAdapter()
        .set("use_bdlora", "{\"nblocks\": 2, \"target_modules_bd_a\": [\"q_proj\"]}")
        .pair(TestAdapter.Q0, "F32", 2, 32, 64, new Random(1));
  }

  private static Kind field(String name, String field, String how) {
    return made(name, "`" + field + "`", how, new TestAdapter().set(field, "[[1, 2]]"));
  }

  private static Kind golden(String name, String mark, String how, String model, String adapter) {
    LoadedModel base = ModelFolder.load(Fixtures.path("models", model));
    Path folder = Fixtures.path("models", model, "adapters", adapter);
    return new Kind(
        name, mark, how, Outcome.of(base, AdapterFolder.copy(folder, AdapterLimits.DEFAULT)));
  }

  private static Kind made(String name, String mark, String how, TestAdapter adapter) {
    byte[] config = adapter.config().toString().getBytes(StandardCharsets.UTF_8);
    AdapterArtifact files =
        new AdapterArtifact(
            new GenerationId("example"),
            MemorySegment.ofArray(config),
            MemorySegment.ofArray(adapter.weightBytes()));
    return new Kind(name, mark, how, Outcome.of(TestAdapter.LLAMA, files));
  }
}
