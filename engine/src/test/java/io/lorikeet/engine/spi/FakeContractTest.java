package io.lorikeet.engine.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.spi.TakeResult.Sampled;
import java.util.Random;
import org.junit.jupiter.api.Nested;

/** The fakes keep the contract that real executors keep. */
final class FakeContractTest {
  private static final ExecutorInfo INFO = Infos.of("fake", 1, 24, 16, 2, 8);

  abstract static class Fake extends ExecutorContract {
    @Override
    protected AdapterImage adapter(int number) {
      return Tickets.image(new GenerationId("g" + number), 10);
    }
  }

  @Nested
  final class Scripted extends Fake {
    @Override
    protected Executor open() {
      return new ScriptedExecutor(INFO);
    }
  }

  @Nested
  final class ScriptedOfDepth2 extends Fake {
    @Override
    protected Executor open() {
      return new ScriptedExecutor(Infos.withDepth(INFO, "fake", 2));
    }
  }

  @Nested
  final class Delayed extends Fake {
    @Override
    protected Executor open() {
      Random random = new Random(1);
      return new DelayedExecutor(new ScriptedExecutor(INFO), () -> random.nextInt(4));
    }
  }

  @Nested
  final class FaultyWithoutFaults extends Fake {
    @Override
    protected Executor open() {
      return new FaultyExecutor(new ScriptedExecutor(INFO), new FaultyExecutor.Faults() {});
    }
  }

  @Nested
  final class Null extends Fake {
    @Override
    protected Executor open() {
      return new NullExecutor(INFO);
    }

    @Override
    protected void assertOther(Sampled one, Sampled other, String what) {
      assertArrayEquals(one.logits(), other.logits(), what); // it knows no adapters
    }

    @Override
    protected void assertOther(float[] one, float[] other, String what) {
      assertArrayEquals(one, other, what);
    }
  }
}
