package io.lorikeet.http.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginsTest {
  private static final Origins OWN = new Origins(List.of(), false);
  private static final Origins THIS_MACHINE = new Origins(List.of(), true);

  @ParameterizedTest
  @CsvSource({
    "http://localhost:8080, localhost:8080, true",
    "http://127.0.0.1:8080, 127.0.0.1:8080, true",
    "http://[::1]:8080, [::1]:8080, true",
    "https://chat.example, chat.example, true",
    "https://chat.example, chat.example:443, true",
    "http://chat.example:80, chat.example, true",
    "http://CHAT.example, chat.EXAMPLE, true",
    "http://localhost:3000, localhost:8080, false",
    "http://127.0.0.1:8080, localhost:8080, false",
    "https://evil.example, chat.example, false",
    "http://evil.example:8080, 127.0.0.1:8080, false",
    "http://127.0.0.1:8080.evil.example, 127.0.0.1:8080, false",
    "http://localhost.evil.example:8080, localhost:8080, false",
    "null, localhost:8080, false",
    "file://, localhost:8080, false",
    "localhost:8080, localhost:8080, false",
  })
  void aPageOfTheServerItselfMayAndOthersMayNot(String origin, String host, boolean may) {
    assertEquals(may, OWN.mayOpen(request(host).addHeader(RawHeader.create("Origin", origin))));
  }

  @Test
  void whoIsNoPageMay() {
    assertTrue(THIS_MACHINE.mayOpen(request("anything")));
  }

  @Test
  void aNameThatAPageLetStandForThisMachineIsNotThisMachine() {
    HttpRequest rebound =
        request("evil.example:8080")
            .addHeader(RawHeader.create("Origin", "http://evil.example:8080"));

    assertFalse(THIS_MACHINE.mayOpen(rebound));
    assertTrue(
        THIS_MACHINE.mayOpen(
            request("localhost:8080")
                .addHeader(RawHeader.create("Origin", "http://localhost:8080"))));
    assertTrue(OWN.mayOpen(rebound), "a server for others has names of its own");
  }

  @Test
  void namedOriginsMayAndAStarLetsAll() {
    HttpRequest request =
        request("localhost:8080").addHeader(RawHeader.create("Origin", "https://a.example"));

    assertTrue(new Origins(List.of("https://a.example"), true).mayOpen(request));
    assertFalse(new Origins(List.of("https://b.example"), true).mayOpen(request));
    assertTrue(new Origins(List.of("*"), true).mayOpen(request));
  }

  @Test
  void twoOriginsAreNone() {
    HttpRequest request =
        request("localhost:8080")
            .addHeader(RawHeader.create("Origin", "http://localhost:8080"))
            .addHeader(RawHeader.create("Origin", "http://evil.example"));

    assertFalse(OWN.mayOpen(request));
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.1.2.3", "::1"})
  void theseMeanThisMachine(String host) {
    assertTrue(Origins.isThisMachine(host));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "127.0.0.1.evil.example", "10.0.0.1", "xlocalhost"})
  void theseDoNot(String host) {
    assertFalse(Origins.isThisMachine(host));
  }

  private static HttpRequest request(String host) {
    return HttpRequest.GET("/v1/responses").addHeader(RawHeader.create("Host", host));
  }
}
