package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.http.contract.ParametersPage;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What {@code docs/parameters.md} says of each parameter, tried with a value that is none of any
 * parameter: one that is read is refused for it, one that changes nothing is not looked at.
 */
class ParametersPageTest {
  private static final String ODD = "[[[]]]";

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = ';',
      value = {
        "LoRAX; /generate; {'inputs': 'Hi', 'parameters': {'%s': %s}}",
        "Completions; /v1/completions; {'model': 'tiny', 'prompt': 'Hi', '%s': %s}",
        "Chat completions; /v1/chat/completions;"
            + " {'model': 'tiny', 'messages': [{'role': 'user', 'content': 'Hi'}], '%s': %s}"
      })
  void everyParameterIsWhatThePageSays(String heading, String path, String form)
      throws IOException, InterruptedException {
    List<ParametersPage.Row> rows = ParametersPage.rows(heading);
    assertTrue(rows.size() > 20, heading);
    try (TestServer server = TestServer.start(Scripts::hello);
        HttpClient client = HttpClient.newHttpClient()) {
      for (ParametersPage.Row row : rows) {
        String body = form.replace('\'', '"').formatted(row.name(), ODD);
        HttpResponse<String> response =
            client.send(server.postRequest(path, body), BodyHandlers.ofString());
        assertEquals(row.here(), here(response), row + " " + response.body());
      }
    }
  }

  private static String here(HttpResponse<String> response) {
    if (response.statusCode() == 200) {
      return "accepted, changes nothing";
    }
    return response.body().contains("parameter_unsupported") ? "refused" : "implemented";
  }
}
