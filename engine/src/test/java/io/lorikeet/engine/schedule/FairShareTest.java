package io.lorikeet.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.ScheduleSettings;
import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.GenerationId;
import org.junit.jupiter.api.Test;

final class FairShareTest {
  private final FairShare fair = new FairShare(ScheduleSettings.DEFAULTS);
  private long serials;

  @Test
  void drawnTokenCostsMoreThanAPromptToken() {
    Sequence sequence = join("p", 10);
    fair.chargePrompt(sequence);
    assertEquals(10, sequence.flow.principal.counter);
    fair.chargeDrawn(sequence);
    assertEquals(12, sequence.flow.principal.counter);
    assertEquals(12, sequence.flow.counter);
  }

  @Test
  void principalIsForgottenWhenItsDebtIsNoLongerOne() {
    Sequence debtor = join("debtor", 100);
    Sequence other = join("other", 500);
    fair.chargePrompt(debtor);
    fair.leave(debtor.flow);
    assertEquals(100, join("debtor", 1).flow.principal.counter);
    fair.chargePrompt(other);
    assertEquals(2, fair.principals().size());
  }

  @Test
  void namesFromOutsideLeaveNoEndlessTrace() {
    Sequence first = join("first", 1000);
    join("resident", 1);
    fair.chargePrompt(first);
    fair.leave(first.flow);
    for (int i = 0; i < FairShare.DEPARTED_MAX; i++) {
      Sequence passing = join("passing" + i, 500);
      fair.chargePrompt(passing);
      fair.leave(passing.flow);
    }
    assertEquals(1, fair.principals().size());
    assertTrue(join("first", 1).flow.principal.counter < 1000, "the oldest debt was dropped");
  }

  @Test
  void newFlowStartsAtTheMinimumOfItsPrincipalsFlows() {
    Sequence a = join("p", 10);
    fair.chargePrompt(a);
    Flow b = fair.join("p", Composition.of(new GenerationId("b")));
    assertEquals(10, b.counter);
    assertEquals(a.flow.principal, b.principal);
  }

  @Test
  void weightsOfASumMakeNoOtherFlow() {
    Flow first = fair.join("p", Request.of(1).with("a", 1f).with("b", 1f).build().composition());
    Flow moved = fair.join("p", Request.of(2).with("b", 2f).with("a", 1f).build().composition());
    Flow part = fair.join("p", Request.of(3).with("a", 1f).build().composition());
    assertEquals(first, moved);
    assertNotEquals(first, part);
  }

  private Sequence join(String principal, int promptTokens) {
    SequenceRequest request =
        Request.of(++serials).principal(principal).promptTokens(promptTokens).build();
    return new Sequence(request, serials, 0, fair.join(principal, Composition.BASE));
  }
}
