package io.lorikeet.http.lorax;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import org.junit.jupiter.api.Test;

class GenerateChecksTest {
  @Test
  void aChatNeedsATemplateAndNothingElseDoes() {
    LorikeetException refused =
        assertThrows(LorikeetException.class, () -> GenerateChecks.chat(request(true), false));

    assertEquals(ErrorCode.PARAMETER_UNSUPPORTED, refused.code());
    assertTrue(refused.toString().contains("`apply_chat_template`"), refused.toString());
    assertDoesNotThrow(() -> GenerateChecks.chat(request(true), true));
    assertDoesNotThrow(() -> GenerateChecks.chat(request(false), false));
  }

  private static GenerateRequest request(boolean chat) {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("inputs", "Hi");
    body.putObject("parameters").put("apply_chat_template", chat);
    return GenerateRequest.read(body);
  }
}
