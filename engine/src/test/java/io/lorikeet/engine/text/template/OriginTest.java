package io.lorikeet.engine.text.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which parts of a rendered chat count as the request's. */
class OriginTest {
  // No filter writes it by itself, changes it or escapes it.
  private static final String MARK = "\u2603";

  /** {@code c} is {@code " a<c>b "}; brackets show what came with the request. */
  @ParameterizedTest
  @CsvSource(
      delimiterString = " => ",
      quoteCharacter = '`',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "<{{ c }}> => <[ a<c>b ]>",
        "<{{ c|trim }}> => <[a<c>b]>",
        "<{{ c.strip() }}> => <[a<c>b]>",
        "<{{ '<t>' + c.strip() + '</t>' }}> => <<t>[a<c>b]</t>>",
        "{{ '<t>' ~ c.lstrip() ~ 1 ~ '</t>' }} => <t>[a<c>b ]1</t>",
        "{{ '<t>%s</t>' % c.rstrip() }} => <t>[ a<c>b]</t>",
        "{{ '<t>%8s|%-3s|%d</t>' % (c.strip(), 'k', 7) }} => <t>   [a<c>b]|k  |7</t>",
        "{{ '<t>{}{x}</t>'.format(c.strip(), x='<y>') }} => <t>[a<c>b]<y></t>",
        "{{ ['<t>', c.strip(), '</t>']|join('<s>') }} => <t><s>[a<c>b]<s></t>",
        "{{ '<s>'.join(['<t>', c.strip()]) }} => <t><s>[a<c>b]",
        "{{ c.strip().join(['<t>', '<u>']) }} => <t>[a<c>b]<u>",
        "{{ '<t>$</t>'.replace('$', c.strip()) }} => <t>[a<c>b]</t>",
        "{{ c.strip()|replace('a', '<t>') }} => <t>[<c>b]",
        "{% for p in c.strip().split('<') %}<{{ p }}>{% endfor %} => <[a]><[c>b]>",
        "{% for p in c.partition('<') %}({{ p }}){% endfor %} => ([ a])([<])([c>b ])",
        "{% for p in c.rsplit('<', 1) %}({{ p }}){% endfor %} => ([ a])([c>b ])",
        "{% for l in c.splitlines() %}({{ l }}){% endfor %} => ([ a<c>b ])",
        "{% for x in 'k' ~ c.strip() %}{{ x }}-{% endfor %} => k-[a]-[<]-[c]-[>]-[b]-",
        "{{ ('<t>' ~ c)[0:5] }} => <t>[ a]",
        "{{ ('<t>' ~ c)[3] }}{{ ('<t>' ~ c)[0] }} => [ ]<",
        "{{ ('<t>' ~ c.strip()).removeprefix('<t>a') }} => [<c>b]",
        "{{ (c.strip() ~ '<t>').removesuffix('>') }} => [a<c>b]<t",
        "{% set x %}<t>{{ c.strip() }}{% endset %}{{ x }}</t> => <t>[a<c>b]</t>",
        "{% macro m(a) %}<t>{{ a }}</t>{% endmacro %}{{ m(c.strip()) }} => <t>[a<c>b]</t>",
        "{% filter trim %}  <t>{{ c }}{% endfilter %} => <t>[ a<c>b]",
        "{% set n = namespace(o='<t>') %}{% set n.o = n.o ~ c.strip() %}{{ n.o }} => <t>[a<c>b]",
        "{% generation %}<t>{{ c.strip() }}{% endgeneration %} => <t>[a<c>b]",
        "{% block b %}<t>{{ c.strip() }}{% endblock %}{{ self.b() }} => <t>[a<c>b]<t>[a<c>b]",
        "{{ '<t>' if c else c }}{{ none or c.strip() }} => <t>[a<c>b]",
        // Where places are lost, all of it is the request's.
        "{{ ('<t>' ~ c.strip())|upper }} => [<T>A<C>B]",
        "{{ ['<t>', c.strip()]|tojson }} => [[\"<t>\", \"a<c>b\"]]",
        "{{ ['<t>', c.strip()] }} => [['<t>', 'a<c>b']]",
        "{{ ('<t>~n' ~ c.strip())|indent(1) }} => [<t>~n a<c>b]",
        "{{ (c.strip() ~ '-%s') % '<t>' }} => [a<c>b-<t>]",
        "{{ (c.strip() ~ '{}').format('<t>') }} => [a<c>b<t>]",
        "{{ ('<t>' ~ c.strip())|reverse }} => [b>c<a>t<]",
        "{{ ('<t>' ~ c.strip()).center(9, '-') }} => [-<t>a<c>b]",
        "{{ dict(a=1) }} => [{'a': 1}]",
        // What is the template's stays its own, whatever is done to it.
        "{{ '<t>'|upper }}{{ ['<t>']|tojson }}{{ '<t>'.center(5) }} => <T>[\"<t>\"] <t> ",
        "{{ bos_token }}{{ given }} => <bos>[<eos>]",
        "{{ '<|' ~ role ~ '|>' }} => <|user|>",
        "{{ '<|' ~ odd ~ '|>' }} => <|[owner]|>",
        "{{ strftime_now('%Y') }} => 2026",
      })
  void everyPartKeepsWhereItCameFrom(String template, String expected) {
    String source =
        "{% set c = messages[0].content %}{% set role = messages[0].role %}"
            + "{% set odd = messages[1].role %}"
            + template.replace("~n", "\n");
    TemplateInput given =
        TemplateFixtures.input(
            "[{\"role\":\"user\",\"content\":\" a<c>b \"},{\"role\":\"owner\"}]",
            Map.of("given", TextNode.valueOf("<eos>")));

    ChatText text =
        ChatTemplate.compile(source, TemplateLimits.DEFAULT)
            .render(with(given, given.messages(), given.tools()), TemplateLimits.DEFAULT);

    assertEquals(expected.replace("~n", "\n"), shown(text));
  }

  @Test
  void whatIsContinuedKeepsItsOriginUpToTheCut() {
    TemplateInput input =
        TemplateFixtures.input("[{\"role\":\"assistant\",\"content\":\"<c> \"}]", Map.of());
    ChatText text =
        ChatTemplate.compile("<t>{{ messages[0].content }}</t>", TemplateLimits.DEFAULT)
            .render(
                new TemplateInput(
                    input.messages(),
                    Optional.empty(),
                    Optional.empty(),
                    false,
                    true,
                    Map.of(),
                    Map.of(),
                    input.now(),
                    input.zone()),
                TemplateLimits.DEFAULT);

    assertEquals("<t>[<c> ]", shown(text));
  }

  /** All templates of the fixtures, with a sign in everything that a client can send. */
  @Test
  void noTemplateMakesARequestsTextItsOwn() {
    int rendered = 0;
    int marked = 0;
    for (TemplateFixtures.Case golden : TemplateFixtures.all()) {
      ChatText text;
      try {
        text =
            ChatTemplate.compile(golden.template(), TemplateLimits.DEFAULT)
                .render(spoilt(golden.input()), TemplateLimits.DEFAULT);
      } catch (LorikeetException _) {
        continue;
      }
      rendered++;
      String written = text.text();
      for (int i = written.indexOf(MARK); i >= 0; i = written.indexOf(MARK, i + 1)) {
        marked++;
        assertFalse(text.origin().isTemplate(i, i + 1), golden.name() + ": " + shown(text));
      }
    }
    assertTrue(rendered > 250, "rendered: " + rendered);
    assertTrue(marked > 1_000, "marks: " + marked);
  }

  /** Control tokens that the golden templates write stay theirs. */
  @Test
  void theTemplatesOfTheFixturesKeepTheirOwnControlTokens() {
    List<String> controls =
        List.of("<|im_start|>", "<|im_end|>", "[INST]", "<|eot_id|>", "<turn>", "<|user|>");
    int found = 0;
    for (TemplateFixtures.Case golden : TemplateFixtures.all()) {
      boolean spelled =
          controls.stream().anyMatch(c -> golden.node().path("messages").toString().contains(c));
      if (golden.expected().isEmpty() || spelled || golden.name().startsWith("inline")) {
        continue;
      }
      ChatText text =
          ChatTemplate.compile(golden.template(), TemplateLimits.DEFAULT)
              .render(golden.input(), TemplateLimits.DEFAULT);
      for (String control : controls) {
        for (int i = text.text().indexOf(control);
            i >= 0;
            i = text.text().indexOf(control, i + 1)) {
          found++;
          assertTrue(
              text.origin().isTemplate(i, i + control.length()),
              golden.name() + ": " + shown(text));
        }
      }
    }
    assertTrue(found > 300, "control tokens: " + found);
  }

  private static TemplateInput spoilt(TemplateInput input) {
    List<JsonNode> messages = new ArrayList<>();
    input.messages().forEach(m -> messages.add(spoilt(m)));
    return with(input, messages, input.tools().map(OriginTest::spoilt));
  }

  private static JsonNode spoilt(JsonNode node) {
    return switch (node) {
      case ObjectNode object -> {
        ObjectNode copy = object.objectNode();
        object
            .properties()
            .forEach(f -> {
              boolean kept = f.getKey().equals("role") || f.getKey().equals("type");
              copy.set(f.getKey(), kept ? f.getValue() : spoilt(f.getValue()));
            });
        yield copy;
      }
      case ArrayNode array -> {
        ArrayNode copy = array.arrayNode();
        array.forEach(item -> copy.add(spoilt(item)));
        yield copy;
      }
      case TextNode text -> TextNode.valueOf(text.textValue() + MARK);
      default -> node;
    };
  }

  private static TemplateInput with(
      TemplateInput input, List<? extends JsonNode> messages, Optional<JsonNode> tools) {
    return new TemplateInput(
        messages,
        tools,
        input.documents(),
        input.addGenerationPrompt(),
        input.continueFinalMessage(),
        Map.of("bos_token", "<bos>"),
        input.variables(),
        input.now(),
        input.zone());
  }

  /** The text with brackets round what came with the request. */
  private static String shown(ChatText text) {
    StringBuilder shown = new StringBuilder();
    boolean inside = false;
    for (int i = 0; i < text.text().length(); i++) {
      boolean request = !text.origin().isTemplate(i, i + 1);
      if (request != inside) {
        shown.append(request ? '[' : ']');
        inside = request;
      }
      shown.append(text.text().charAt(i));
    }
    return shown.append(inside ? "]" : "").toString();
  }
}
