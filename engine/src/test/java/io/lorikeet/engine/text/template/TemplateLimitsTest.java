package io.lorikeet.engine.text.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each bound at its maximum and one beyond, and templates that try to take more than their share.
 */
final class TemplateLimitsTest {
  private static final TemplateLimits USUAL = TemplateLimits.DEFAULT;

  private static String render(String template, TemplateLimits limits) {
    return render(template, limits, Map.of());
  }

  private static String render(
      String template, TemplateLimits limits, Map<String, JsonNode> variables) {
    return ChatTemplate.compile(template, limits)
        .render(TemplateFixtures.input("[]", variables), limits)
        .text();
  }

  private static String failure(String template, TemplateLimits limits) {
    LorikeetException failure =
        assertThrows(LorikeetException.class, () -> render(template, limits));
    assertEquals(ErrorCode.CHAT_TEMPLATE_FAILED, failure.code());
    return String.valueOf(failure.getMessage());
  }

  private static String invalid(String template, TemplateLimits limits) {
    LorikeetException invalid =
        assertThrows(LorikeetException.class, () -> ChatTemplate.compile(template, limits));
    assertEquals(ErrorCode.CHAT_TEMPLATE_INVALID, invalid.code());
    return String.valueOf(invalid.getMessage());
  }

  private static TemplateLimits steps(int steps) {
    return new TemplateLimits(USUAL.sourceBytes(), steps, USUAL.outputBytes(), 100, 1_000, 200);
  }

  private static TemplateLimits depths(int source, int render, int value) {
    return new TemplateLimits(
        USUAL.sourceBytes(), USUAL.steps(), USUAL.outputBytes(), source, render, value);
  }

  @Test
  void sourceMayHaveItsMostBytesAndNotOneMore() {
    TemplateLimits ten = new TemplateLimits(10, 100, 100, 10, 100, 10);

    assertEquals("éééé12", render("éééé12", ten));
    String message = invalid("éééé123", ten);

    assertEquals("The chat template must have at most 10 bytes. Given: 11", message);
  }

  @Test
  void outputMayHaveItsMostBytesAndNotOneMore() {
    TemplateLimits ten = new TemplateLimits(1_000, 100, 10, 10, 100, 10);

    assertEquals("aaaaaaaaaa", render("{{ 'a' * 10 }}", ten));
    assertEquals("ééééé", render("{{ 'é' * 5 }}", ten));
    assertTrue(failure("{{ 'a' * 11 }}", ten).contains("at most 10 bytes"));
    assertTrue(failure("{{ 'é' * 5 }}a", ten).endsWith("Given: 11"));
  }

  @Test
  void stepsMayBeTakenToTheLastAndNotOneMore() {
    String three = "{{ a }}{{ b }}";

    assertEquals("", render(three, steps(4)));
    assertTrue(failure(three, steps(3)).contains("at most 3 steps"));
  }

  @Test
  void sourceMayNestToItsDepthAndNotOneMore() {
    String brackets = "{{ (((1))) }}";
    String ifs = "{% if 1 %}".repeat(7) + "x" + "{% endif %}".repeat(7);

    assertEquals("1", render(brackets, depths(9, 1_000, 10)));
    assertEquals("x", render(ifs, depths(9, 1_000, 10)));
    invalid(brackets, depths(8, 1_000, 10));
    invalid(ifs, depths(8, 1_000, 10));
  }

  @Test
  void renderingMayNestToItsDepthAndNotOneMore() {
    String sum = "{{ 1 + 1 + 1 + 1 }}";

    assertEquals("4", render(sum, depths(100, 4, 10)));
    assertTrue(failure(sum, depths(100, 3, 10)).contains("at most 3 deep"));
  }

  @Test
  void valuesMayNestToTheirDepthAndNotOneMore() {
    assertEquals("[[[]]]", render("{{ [[[]]] }}", depths(100, 1_000, 2)));
    assertEquals("[[[]]]", render("{{ [[[]]]|tojson }}", depths(100, 1_000, 2)));

    assertTrue(failure("{{ [[[[]]]] }}", depths(100, 1_000, 2)).contains("2 levels"));
    failure("{{ [[[[]]]]|tojson }}", depths(100, 1_000, 2));
    failure("{{ [[[[1]]]] == [[[[1]]]] }}", depths(100, 1_000, 2));
  }

  @Test
  void givenJsonMayNestToTheDepthOfValuesAndNotOneMore() {
    TemplateLimits two = depths(100, 1_000, 2);

    assertEquals("ok", render("ok", two, Map.of("v", TemplateFixtures.json("[[[]]]"))));
    assertThrows(
        LorikeetException.class,
        () -> render("ok", two, Map.of("v", TemplateFixtures.json("[[[[]]]]"))));
  }

  @Test
  void rangesMayHaveAHundredThousandNumbersAndNotOneMore() {
    assertEquals("100000", render("{{ range(100000)|length }}", USUAL));

    failure("{{ range(100001)|length }}", USUAL);
    failure("{{ range(-(10 ** 18), 10 ** 18)|length }}", USUAL);
    failure("{{ range(10 ** 30) }}", USUAL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}",
        "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{% for i in [1] %}{% if 1 %}{{ a() }}"
            + "{% endif %}{% endfor %}{% endmacro %}{{ a() }}",
        "{% macro m() %}{% call m() %}{% endcall %}{% endmacro %}{{ m() }}",
        "{% macro m(f) %}{{ [f]|map('string')|map('upper')|first }}{{ m(m) }}{% endmacro %}{{ m(1) }}",
        "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% block b %}{{ self.b() }}{% endblock %}",
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{{ 'x' * 10 ** 9 }}",
        "{{ 'x' * 10 ** 30 }}",
        "{{ [0] * 10 ** 9 }}",
        "{{ (0,) * 10 ** 9 }}",
        "{{ 2 ** (10 ** 9) }}",
        "{{ 9 ** (9 ** (9 ** 9)) }}",
        "{{ (-2) ** (10 ** 40) }}",
        "{% set ns = namespace(n=3) %}{% for i in range(100) %}{% set ns.n = ns.n * ns.n %}{% endfor %}",
        "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
        "{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}{% endfor %}"
            + "{{ ns.l == [ns.l] or ns.l|tojson }}",
        "{% set ns = namespace(l=()) %}{% for i in range(9999) %}{% set ns.l = (ns.l,) %}{% endfor %}{{ {ns.l: 1} }}",
        "{% set ns = namespace(l='ab') %}{% for i in range(9999) %}{% set ns.l = ns.l|map('upper') %}{% endfor %}"
            + "{{ ns.l|list }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(9999) %}{% set ns.l = [ns.l]|map('list') %}{% endfor %}"
            + "{{ ns.l|list }}",
        "{% set ns = namespace() %}{% set ns.n = ns %}{{ ns }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '%.999999999f' % 1 }}",
        "{{ '%*d' % (10 ** 9, 1) }}",
        "{{ '{:999999999}'.format('x') }}",
        "{{ 'x'.center(10 ** 9) }}",
        "{{ 'x'|center(10 ** 9) }}",
        "{{ 'x'.zfill(10 ** 9) }}",
        "{{ '\t'.expandtabs(10 ** 9) }}",
        "{{ 'a\nb'|indent(10 ** 9) }}",
        "{{ ('x' * 4000000).replace('x', 'yy') }}",
        "{{ ('x' * 4000000).replace('', 'y') }}",
        "{{ ('x' * 100000)|list|join('y' * 100000) }}",
        "{{ [['x' * 1000000] * 1000] * 1000 }}",
        "{% set s = 'x' * 4000000 %}{% for i in range(100000) %}{% set t = s|upper %}{% endfor %}",
        "{% set s = 'x' * 4000000 %}{% for i in range(100000) %}{% set t = s == s ~ '' %}{% endfor %}",
        "{{ ('<>' * 2000000)|striptags }}",
        "{{ [1]|batch(10 ** 9, 0)|list }}",
        "{{ range(99999)|list|tojson(indent='x' * 1000) }}",
      })
  void hostileTemplatesEndInAnErrorOnASmallStack(String template) throws InterruptedException {
    Throwable[] thrown = new Throwable[1];
    Thread thread =
        new Thread(
            null,
            () -> {
              try {
                render(template, USUAL);
              } catch (Throwable e) {
                thrown[0] = e;
              }
            },
            "small stack",
            512 << 10);
    thread.start();
    thread.join();

    LorikeetException failure = assertInstanceOf(LorikeetException.class, thrown[0]);
    assertEquals(ErrorCode.CHAT_TEMPLATE_FAILED, failure.code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", "[", "{1:", "-", "not ", "x[", "f(", "a if ", "x is y(", "'a'|f("})
  void endlessNestingIsRefusedWhenItIsCompiled(String opening) {
    invalid("{{ " + opening.repeat(20_000), USUAL);
  }

  @ParameterizedTest
  @ValueSource(strings = {".a", "[0]", "|upper", "()", " + 1", " or 0", " * 1", " ** 1"})
  void endlessChainsNeverReachTheEndOfTheStack(String link) {
    String template = "{{ x" + link.repeat(20_000) + " }}";

    ChatTemplate compiled = ChatTemplate.compile(template, USUAL);

    assertThrows(
        LorikeetException.class,
        () -> compiled.render(TemplateFixtures.input("[]", Map.of()), USUAL));
  }
}
