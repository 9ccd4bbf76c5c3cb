package io.lorikeet.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.lorikeet.engine.text.template.ChatTemplate;
import io.lorikeet.engine.text.template.ChatText;
import io.lorikeet.engine.text.template.TemplateInput;
import io.lorikeet.engine.text.template.TemplateLimits;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Compiling a chat template, and rendering a conversation with it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ChatTemplateBenchmark {
  @Param({"headers", "im-tools", "inst"})
  private String template = "";

  @Param({"2", "40"})
  private int turns;

  private String source;
  private ChatTemplate compiled;
  private TemplateInput input;

  @Setup
  public void setUp() {
    source = Fixtures.text(Fixtures.folder("chat-templates").resolve(template + ".jinja"));
    compiled = compile();
    input =
        new TemplateInput(
            conversation(turns),
            Optional.empty(),
            Optional.empty(),
            true,
            false,
            Map.of("bos_token", "<s>", "eos_token", "</s>"),
            Map.of(),
            Instant.EPOCH,
            ZoneOffset.UTC);
  }

  private static List<JsonNode> conversation(int turns) {
    List<JsonNode> messages = new ArrayList<>();
    for (int turn = 0; turn < turns; turn++) {
      messages.add(message("user", "What do lorikeets eat on day " + turn + ", and where?"));
      messages.add(message("assistant", "Nectar and pollen, high up in a flowering tree."));
    }
    messages.add(message("user", "Thank you."));
    return messages;
  }

  private static JsonNode message(String role, String content) {
    return JsonNodeFactory.instance.objectNode().put("role", role).put("content", content);
  }

  @Benchmark
  public ChatTemplate compile() {
    return ChatTemplate.compile(source, TemplateLimits.DEFAULT);
  }

  @Benchmark
  public ChatText render() {
    return compiled.render(input, TemplateLimits.DEFAULT);
  }
}
