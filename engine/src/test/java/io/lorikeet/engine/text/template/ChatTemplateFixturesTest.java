package io.lorikeet.engine.text.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Everything that transformers renders or refuses, rendered or refused alike. */
final class ChatTemplateFixturesTest {
  /** Cases that are refused here although transformers renders them. */
  private static final Set<String> LEFT_OUT = Set.of();

  static List<TemplateFixtures.Case> cases() {
    return TemplateFixtures.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void rendersOrRefusesLikeTransformers(TemplateFixtures.Case golden) {
    if (LEFT_OUT.contains(golden.name())) {
      LorikeetException refusal =
          assertThrows(LorikeetException.class, () -> render(golden), "no longer left out");
      assertTrue(String.valueOf(refusal.getMessage()).contains("not supported"));
    } else if (golden.expected().isPresent()) {
      assertEquals(golden.expected().get(), render(golden));
    } else {
      LorikeetException failure = assertThrows(LorikeetException.class, () -> render(golden));
      if (golden.errorType().equals("TemplateError")) {
        assertEquals(ErrorCode.CHAT_TEMPLATE_FAILED, failure.code());
        assertEquals(golden.error(), failure.getMessage());
      }
    }
  }

  @Test
  void rendersTheTemplateOfTheDemoModel() {
    String template =
        TemplateFixtures.read(TemplateFixtures.ROOT.resolve("models/demo/chat_template.jinja"));
    String messages =
        """
        [{"role":"system","content":"Be brief."},{"role":"user","content":"What sings?"}]\
        """;
    TemplateInput given = TemplateFixtures.input(messages, Map.of());
    TemplateInput input =
        new TemplateInput(
            given.messages(),
            Optional.empty(),
            Optional.empty(),
            true,
            false,
            Map.of(),
            Map.of(),
            given.now(),
            given.zone());

    String text =
        ChatTemplate.compile(template, TemplateLimits.DEFAULT)
            .render(input, TemplateLimits.DEFAULT)
            .text();

    assertEquals(
        """
        <|im_start|>system
        Be brief.<|im_end|>
        <|im_start|>user
        What sings?<|im_end|>
        <|im_start|>assistant
        """,
        text);
  }

  private static String render(TemplateFixtures.Case golden) {
    return ChatTemplate.compile(golden.template(), TemplateLimits.DEFAULT)
        .render(golden.input(), TemplateLimits.DEFAULT)
        .text();
  }

  @Test
  void theLeftOutCasesExist() {
    List<String> names = cases().stream().map(TemplateFixtures.Case::name).toList();

    assertEquals(names.size(), Set.copyOf(names).size());
    assertTrue(names.size() > 400, () -> "cases: " + names.size());
    assertTrue(names.containsAll(LEFT_OUT));
  }
}
