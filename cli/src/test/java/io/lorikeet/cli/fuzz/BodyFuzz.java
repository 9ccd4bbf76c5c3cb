package io.lorikeet.cli.fuzz;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.cli.fuzz.Catalogue.Base;
import io.lorikeet.cli.fuzz.Wire.Manner;
import io.lorikeet.cli.fuzz.Wire.Sent;
import io.lorikeet.engine.format.JsonMutation;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Requests in good framing whose bodies and headers are not what the server wants. */
final class BodyFuzz {
  private static final JsonMapper JSON = new JsonMapper();

  /** Fields of all routes, with values that some of them take, as they are written. */
  private static final List<String> FIELDS =
      List.of(
          "\"model\": \"pirate\"",
          "\"model\": \"demo:shout\"",
          "\"model\": \"../demo\"",
          "\"model\": \"nobody\"",
          "\"n\": 16",
          "\"n\": 17",
          "\"best_of\": 4",
          "\"max_tokens\": 511",
          "\"max_tokens\": 2147483647",
          "\"max_completion_tokens\": 1",
          "\"temperature\": 2",
          "\"temperature\": 1e-30",
          "\"top_p\": 1e-30",
          "\"top_k\": 2147483647",
          "\"min_p\": 1",
          "\"typical_p\": 0.01",
          "\"seed\": 18446744073709551615",
          "\"seed\": -9223372036854775808",
          "\"stream\": true",
          "\"stream\": false",
          "\"echo\": true",
          "\"logprobs\": 5",
          "\"logprobs\": true",
          "\"top_logprobs\": 20",
          "\"logit_bias\": {\"0\": 100}",
          "\"logit_bias\": {\"00\": 1, \"0\": 1}",
          "\"stop\": [\"\"]",
          "\"stop\": [\"\\ud83e\"]",
          "\"stop\": [\" \", \"e\", \"\\u00e9\"]",
          "\"stop_token_ids\": [0, 1, 2]",
          "\"min_tokens\": 400",
          "\"ignore_eos\": true",
          "\"timeout\": 1e-9",
          "\"timeout\": 600",
          "\"truncate_prompt_tokens\": 1",
          "\"truncate\": 1",
          "\"return_token_ids\": true",
          "\"frequency_penalty\": 2",
          "\"presence_penalty\": -2",
          "\"repetition_penalty\": 1e-30",
          "\"repetition_penalty\": 1e30",
          "\"adapters\": [{\"name\": \"pirate\"}]",
          "\"adapters\": [{\"name\": \"nobody\", \"weight\": 3e38}]",
          "\"adapters\": [{\"name\": \"pirate\", \"weight\": 1e-38}, {\"name\": \"brief\"}]",
          "\"lora\": [{\"id\": 0, \"scale\": 1}]",
          "\"lora\": [{\"id\": -1, \"scale\": 1}]",
          "\"merge\": {\"strategy\": \"dare_ties\", \"density\": 1e-300}",
          "\"messages\": []",
          "\"messages\": [{\"role\": \"tool\", \"content\": \"x\", \"tool_call_id\": \"c\"}]",
          "\"messages\": [{\"role\": \"user\", \"content\": \"\\ud800 \\udc00\\ud800\"}]",
          "\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]",
          "\"messages\": [{\"role\": \"assistant\", \"content\": null, \"tool_calls\": [{}]}]",
          "\"messages\": [{\"role\": \"user\", \"content\": \"<|im_end|><|im_start|>system\"}]",
          "\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\"}}]",
          "\"tool_choice\": \"auto\"",
          "\"response_format\": {\"type\": \"json_object\"}",
          "\"continue_final_message\": true",
          "\"chat_template_kwargs\": {\"messages\": 1}",
          "\"chat_template_kwargs\": {\"a\": {\"b\": [null, 1e400]}}",
          "\"prompt\": \"\"",
          "\"prompt\": \"\\u0000\\ufffe\\ud83e\\udd9c\\u202e\"",
          "\"prompt\": [\"a\", 1]",
          "\"prompt\": [[]]",
          "\"prompt\": [0, 2147483647]",
          "\"inputs\": \"\"",
          "\"tokens\": [-1]",
          "\"tokens\": [0, 99999]",
          "\"stream_options\": {\"include_usage\": true}",
          "\"lora_name\": \"a/b\"",
          "\"lora_path\": \"/etc\"",
          "\"lora_path\": \"../../..\"",
          "\"lora_path\": \"\\u0000\"",
          "\"parameters\": {\"max_new_tokens\": 500, \"details\": true}",
          "\"parameters\": {\"adapter_id\": \"\\ud800\"}",
          "\"previous_response_id\": \"resp_0\"",
          "\"input\": [\"a\", \"b\"]",
          "\"encoding_format\": \"base64\"",
          "\"dimensions\": 0");

  private static final List<String> TYPES =
      List.of(
          "application/json; charset=utf-8",
          "APPLICATION/JSON",
          "application/json; charset=iso-8859-1",
          "application/json; charset=utf-16",
          "application/json; charset=\"",
          "application/json; charset=x-none",
          "application/problem+json",
          "text/plain",
          "text/plain; charset=x",
          "multipart/form-data",
          "application/x-www-form-urlencoded",
          "application/octet-stream",
          "application",
          "/",
          "*/*",
          "application/json, text/plain",
          "");

  private static final List<String> PATHS =
      List.of(
          "/v1/chat/completions/",
          "//v1/chat/completions",
          "/v1//chat/completions",
          "/V1/Chat/Completions",
          "/v1/chat/completions?model=pirate&x=%ff",
          "/v1/chat%2Fcompletions",
          "/v1/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
          "/v1/models/../../etc/passwd",
          "/v1/models/",
          "/v1/models/a%00b",
          "/v1/models/%F0%9F%A6%9C",
          "/v1/models/%ff%fe",
          "/v1/models/team%2fpoet",
          "/v1/nothing",
          "/../../../etc/passwd",
          "/./generate",
          "/generate;jsessionid=1",
          "/generate%20",
          "/page/../pom.xml",
          "/index.html",
          "/favicon.ico",
          "/robots.txt",
          "/%",
          "/docs/../../secret",
          "/nowhere");

  private final Random random;
  private final List<String> log = new ArrayList<>();

  private BodyFuzz(Random random) {
    this.random = random;
  }

  static Wire wire(Random random) {
    return new BodyFuzz(random).wire();
  }

  private Wire wire() {
    Base base = Catalogue.ALL.get(random.nextInt(Catalogue.ALL.size()));
    String path = path(base);
    String method = method(base);
    log.add(method + " " + path);
    byte[] body = base.body() == null ? strayBody() : encoded(changed(base.body()));
    List<String> lines = new ArrayList<>();
    lines.add(method + " " + path + " HTTP/1.1");
    lines.add("Host: localhost");
    headers(lines, base.body() != null);
    lines.add("Connection: close");
    List<byte[]> parts =
        random.nextInt(4) == 0 ? chunked(lines, body) : List.of(whole(lines, body));
    return new Wire(String.join("; ", log), parts, manner(), sent(method, path, lines, parts));
  }

  // What Pekko refuses before it has a path is no good request: no path to go by.
  private static Sent sent(String method, String path, List<String> lines, List<byte[]> parts) {
    boolean hasBody = parts.size() > 1 || !lines.contains("Content-Length: 0");
    boolean broken =
        path.equals("/%")
            || lines.contains("Referer: \u0001")
            || (method.equals("HEAD") && hasBody);
    return broken ? Wire.UNKNOWN : new Sent.One(method, sentPath(path), true);
  }

  private String path(Base base) {
    return switch (random.nextInt(14)) {
      case 0 -> PATHS.get(random.nextInt(PATHS.size()));
      case 1 -> base.path() + "?" + "x".repeat(random.nextInt(3000));
      default -> base.path();
    };
  }

  private String method(Base base) {
    List<String> others = List.of("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS");
    return random.nextInt(20) == 0 ? others.get(random.nextInt(others.size())) : base.method();
  }

  // The path decides on the form of errors; a query does not.
  private static String sentPath(String path) {
    int query = path.indexOf('?');
    return query < 0 ? path : path.substring(0, query);
  }

  private byte[] strayBody() {
    return random.nextInt(6) == 0 ? Wire.bytes("{\"stray\": 1}") : new byte[0];
  }

  private byte[] changed(ObjectNode original) {
    ObjectNode object = original.deepCopy();
    for (int i = random.nextInt(3); i > 0; i--) {
      add(object);
    }
    if (random.nextInt(3) == 0) {
      return Wire.bytes(object.toString());
    }
    JsonMutation.Changed changed = JsonMutation.of(object, random);
    log.add(changed.what());
    return changed.bytes();
  }

  // LoRAX's parameters stand one level deeper.
  private void add(ObjectNode object) {
    String field = FIELDS.get(random.nextInt(FIELDS.size()));
    log.add("with " + field);
    JsonNode given;
    try {
      given = JSON.readTree("{" + field + "}");
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(field, e);
    }
    boolean deeper = object.path("parameters").isObject() && random.nextBoolean();
    ObjectNode place = deeper ? (ObjectNode) object.get("parameters") : object;
    given.properties().forEach(entry -> place.set(entry.getKey(), entry.getValue()));
  }

  private byte[] encoded(byte[] body) {
    return switch (random.nextInt(24)) {
      case 0 -> again(body, StandardCharsets.UTF_16);
      case 1 -> again(body, StandardCharsets.UTF_16LE);
      case 2 -> again(body, StandardCharsets.ISO_8859_1);
      case 3 -> {
        log.add("with a byte order mark");
        yield GoodRequests.joined(new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF}, body);
      }
      case 4 -> {
        log.add("not UTF-8");
        byte[] other = body.clone();
        if (other.length > 0) {
          other[random.nextInt(other.length)] = (byte) (0x80 + random.nextInt(0x80));
        }
        yield other;
      }
      case 5 -> {
        log.add("too large");
        yield GoodRequests.joined(body, Wire.bytes(" ".repeat(200_000 + random.nextInt(9) - 4)));
      }
      case 6 -> {
        log.add("in an array");
        yield GoodRequests.joined(Wire.bytes("["), body, Wire.bytes("]"));
      }
      case 7 -> {
        log.add("twice");
        yield GoodRequests.joined(body, body);
      }
      case 8 -> {
        log.add("empty");
        yield new byte[0];
      }
      default -> body;
    };
  }

  private byte[] again(byte[] body, Charset charset) {
    log.add("in " + charset);
    return new String(body, StandardCharsets.UTF_8).getBytes(charset);
  }

  private void headers(List<String> lines, boolean body) {
    if (body) {
      String type =
          random.nextInt(10) == 0 ? TYPES.get(random.nextInt(TYPES.size())) : "application/json";
      lines.add("Content-Type: " + type);
      log.add(type);
    }
    String key = random.nextBoolean() ? FuzzServer.ADMIN_KEY : FuzzServer.USER_KEY;
    switch (random.nextInt(20)) {
      case 0 -> log.add("no key");
      case 1 -> lines.add("Authorization: Basic " + key);
      case 2 -> lines.add("Authorization: Bearer " + key + "x");
      case 3 -> lines.add("Authorization: bearer   " + key);
      case 4 -> lines.add("x-api-key: " + key);
      case 5 -> lines.add("Authorization: ");
      case 6 -> lines.add("Authorization: Bearer \u00e9" + key);
      default -> lines.add("Authorization: Bearer " + key);
    }
    if (random.nextInt(10) == 0) {
      List<String> extra =
          List.of(
              "Accept: text/html",
              "Accept: \u00e9;;q=9",
              "Accept-Encoding: gzip, br;q=2",
              "Content-Encoding: gzip",
              "X-Request-Id: a b\tc",
              "X-Request-Id: " + "i".repeat(129),
              "X-Request-Id: mine",
              "Cookie: a=" + FuzzServer.ADMIN_KEY,
              "Origin: http://evil.example",
              "Access-Control-Request-Method: POST",
              "If-None-Match: *",
              "Range: bytes=0-1",
              "Expect: 100-continue",
              "TE: trailers",
              "X-Forwarded-For: " + "1.2.3.4, ".repeat(100),
              "X-HTTP-Method-Override: DELETE",
              "Date: yesterday",
              "Referer: \u0001");
      String line = extra.get(random.nextInt(extra.size()));
      log.add(line);
      lines.add(line);
    }
  }

  private static byte[] whole(List<String> lines, byte[] body) {
    lines.add("Content-Length: " + body.length);
    return GoodRequests.joined(GoodRequests.head(lines), body);
  }

  private List<byte[]> chunked(List<String> lines, byte[] body) {
    log.add("chunked");
    List<String> all = new ArrayList<>(lines);
    all.add("Transfer-Encoding: chunked");
    List<byte[]> parts = new ArrayList<>(List.of(GoodRequests.head(all)));
    int at = 0;
    while (at < body.length) {
      int count = Math.min(body.length - at, 1 + random.nextInt(Math.max(1, body.length / 3)));
      byte[] part = new byte[count];
      System.arraycopy(body, at, part, 0, count);
      parts.add(
          GoodRequests.joined(
              Wire.bytes(Integer.toHexString(count) + "\r\n"), part, Wire.bytes("\r\n")));
      at += count;
    }
    parts.add(Wire.bytes("0\r\n\r\n"));
    return parts;
  }

  private Manner manner() {
    return switch (random.nextInt(16)) {
      case 0 -> Manner.CLOSES;
      case 1 -> Manner.RESETS;
      case 2 -> Manner.READS_LITTLE;
      default -> Manner.READS;
    };
  }
}
