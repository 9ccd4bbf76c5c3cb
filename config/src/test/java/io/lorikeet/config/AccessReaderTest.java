package io.lorikeet.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessReaderTest {
  private static final String SECRET = "sk-very-secret";

  @TempDir Path folder;

  @Test
  void withoutKeysEverybodyMayDoEverything() {
    AccessSettings access = SettingsReader.defaults().access();

    assertFalse(access.isClosed());
    assertTrue(access.mayUse("anonymous", "any"));
  }

  @Test
  void aKeyAloneMakesAUserOfAllAdaptersWithoutLimits() throws IOException {
    PrincipalSettings alice = only("alice { key = " + SECRET + " }");

    assertEquals("alice", alice.name());
    assertTrue(alice.key().matches(KeyHash.of(SECRET)));
    assertFalse(alice.key().matches(KeyHash.of(SECRET + "x")));
    assertEquals(PrincipalSettings.Role.USER, alice.role());
    assertEquals(1, alice.weight());
    assertEquals(0, alice.requestsPerMinute());
    assertEquals(0, alice.concurrentMax());
    assertTrue(alice.mayUse("pirate"));
  }

  @Test
  void everyFieldIsReadAndTheWeightIsTheShareOfTheScheduler() throws IOException {
    Settings settings =
        read(
            """
            "team.a" {
              key-sha256 = 2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b
              role = admin, adapters = [pirate, "team-*"], weight = 2.5
              requests-per-minute = 60, concurrent-max = 4
            }
            """);
    PrincipalSettings team = settings.access().principal("team.a").orElseThrow();

    assertTrue(team.key().matches(KeyHash.of("secret")));
    assertEquals(PrincipalSettings.Role.ADMIN, team.role());
    assertEquals(60, team.requestsPerMinute());
    assertEquals(4, team.concurrentMax());
    assertEquals(2.5, settings.schedule().weight("team.a"));
    assertEquals(1, settings.schedule().weight("other"));
    assertTrue(team.mayUse("pirate"));
    assertTrue(team.mayUse("team-"));
    assertTrue(team.mayUse("team-x/y"));
    assertFalse(team.mayUse("pirates"));
    assertFalse(team.mayUse("team"));
    assertFalse(settings.access().mayUse("nobody", "pirate"));
  }

  @Test
  void aShareInTheSchedulersOwnSectionStands() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("c.conf"),
            "lorikeet { schedule.weights.a = 3, access.keys.a { key = k, weight = 2 } }");

    assertEquals(3, SettingsReader.read(Optional.of(file), Map.of()).schedule().weight("a"));
  }

  @Test
  void keysMayStandInAFileOfTheirOwn() throws IOException {
    Path keys = Files.writeString(folder.resolve("keys.conf"), "bob { key = b }\neve { key = e }");

    AccessSettings access =
        SettingsReader.read(
                Optional.empty(),
                Map.of("access.keys-file", keys.toString(), "access.keys.alice.key", "a"))
            .access();

    assertEquals(
        List.of("alice", "bob", "eve"),
        access.principals().stream().map(PrincipalSettings::name).toList());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a { key = sk-very-secret, rôle = admin }",
        "a { key = sk-very-secret, role = root }",
        "a { key = sk-very-secret, weight = 0 }",
        "a { key = sk-very-secret, weight = NaN }",
        "a { key = sk-very-secret, adapters = [\"a*b\"] }",
        "a { key = sk-very-secret, adapters = [\"\"] }",
        "a { key = sk-very-secret, requests-per-minute = -1 }",
        "a { key = sk-very-secret, concurrent-max = -1 }",
        "a { key = sk-very-secret, key-sha256 = sk-very-secret }",
        "a { key-sha256 = sk-very-secret }",
        "a { key = \"sk-very-secret \" }",
        "a { key = \"\" }",
        "a { role = user }",
        "a { key = sk-very-secret }, b { key = sk-very-secret }",
      })
  void whatIsWrongIsRefusedByNameWithoutTheKey(String keys) {
    String message =
        String.valueOf(assertThrows(IllegalArgumentException.class, () -> read(keys)).getMessage());

    assertTrue(message.contains("access.keys"), message);
    assertFalse(message.contains(SECRET), message);
  }

  @Test
  void aBrokenFileOfKeysIsRefusedWithItsLineOnly() throws IOException {
    Path keys = Files.writeString(folder.resolve("keys.conf"), "\nbob { key = }" + SECRET);
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                SettingsReader.read(Optional.empty(), Map.of("access.keys-file", keys.toString())));
    String message = String.valueOf(refused.getMessage());

    assertTrue(message.contains("line 2"), message);
    assertFalse(message.contains(SECRET), message);
  }

  @Test
  void aNameInBothPlacesIsRefused() throws IOException {
    Path keys = Files.writeString(folder.resolve("keys.conf"), "bob { key = b }");

    assertThrows(
        IllegalArgumentException.class,
        () ->
            SettingsReader.read(
                Optional.empty(),
                Map.of("access.keys-file", keys.toString(), "access.keys.bob.key", "c")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"example.org", "https://example.org/path", "ftp://example.org", ""})
  void anOriginThatNoBrowserSendsIsRefused(String origin) {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            SettingsReader.read(Optional.empty(), Map.of("access.cors-origins", List.of(origin))));
  }

  @Test
  void nothingThatIsPrintedShowsAKey() throws IOException {
    assertFalse(read("a { key = " + SECRET + " }").toString().contains(SECRET));
  }

  private PrincipalSettings only(String keys) throws IOException {
    return read(keys).access().principals().getFirst();
  }

  private Settings read(String keys) throws IOException {
    Path file =
        Files.writeString(folder.resolve("c.conf"), "lorikeet.access.keys { " + keys + " }");
    return SettingsReader.read(Optional.of(file), Map.of());
  }
}
