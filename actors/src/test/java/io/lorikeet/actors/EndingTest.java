package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.engine.text.calls.CallMarks;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EndingTest {
  @Test
  void marksThatAreSpecialTokensEndAnAnswerAsTheModelsOwn() {
    int start = ChoiceTextTest.TEXT.detokenizers().specialId("<|im_start|>").orElseThrow();
    Ending ending =
        Ending.PLAIN.withMarks(
            new CallMarks(List.of(), List.of("<|im_start|>", "hello", "<|nowhere|>")));

    List<Integer> ends = ending.ofTheModel(List.of(3), Optional.of(ChoiceTextTest.TEXT));

    assertEquals(List.of(3, start), ends);
    assertArrayEquals(new int[] {3, start}, ending.tokens(ends));
    assertEquals(List.of(3), ending.ofTheModel(List.of(3), Optional.empty()));
  }
}
