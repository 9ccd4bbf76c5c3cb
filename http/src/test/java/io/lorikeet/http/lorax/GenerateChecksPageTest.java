package io.lorikeet.http.lorax;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.http.contract.ParametersPage;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class GenerateChecksPageTest {
  @Test
  void thePageHoldsEveryRefusal() throws IOException {
    assertEquals(
        ParametersPage.lines(GenerateChecks.UNIMPLEMENTED, List.of()),
        ParametersPage.refused("LoRAX"));
  }
}
