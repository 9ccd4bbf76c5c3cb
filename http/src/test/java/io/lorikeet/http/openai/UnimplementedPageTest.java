package io.lorikeet.http.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.http.contract.ParametersPage;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class UnimplementedPageTest {
  @Test
  void thePageHoldsEveryRefusalOfBothRoutes() throws IOException {
    assertEquals(
        ParametersPage.lines(Unimplemented.COMMON, Unimplemented.COMPLETIONS),
        ParametersPage.refused("Completions"));
    assertEquals(
        ParametersPage.lines(Unimplemented.COMMON, Unimplemented.CHAT),
        ParametersPage.refused("Chat completions"));
  }
}
