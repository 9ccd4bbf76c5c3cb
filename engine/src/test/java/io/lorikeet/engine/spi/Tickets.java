package io.lorikeet.engine.spi;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.EmbeddingDelta;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.HeadDelta;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.adapter.ReplacedNorms;
import io.lorikeet.engine.model.Norm;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Tickets and images without weights, for executors that compute nothing. */
public final class Tickets {
  private Tickets() {}

  public static AdapterImage image(GenerationId generation, long bytes) {
    return new AdapterImage(generation, List.of(), bytes);
  }

  public static AdapterImage image(GenerationId generation, Invocation invocation) {
    return new AdapterImage(
        generation,
        List.of(),
        EmbeddingDelta.NONE,
        HeadDelta.NONE,
        ReplacedNorms.NONE,
        invocation,
        0);
  }

  /** Of an adapter that has no weighted sum: it replaces a norm. */
  public static AdapterImage scaling(GenerationId generation) {
    ReplacedNorms norms =
        new ReplacedNorms(
            List.of(), Optional.empty(), Optional.of(new Norm(new float[] {1}, new float[] {0})));
    return new AdapterImage(
        generation, List.of(), EmbeddingDelta.NONE, HeadDelta.NONE, norms, Invocation.ALWAYS, 0);
  }

  public static Transfers.Ticket ticket(GenerationId generation) {
    return new Ready(image(generation, 0));
  }

  /** Ready once it was carried. */
  public static final class Slow implements Transfers.Ticket {
    private final AdapterImage image;
    private volatile boolean carried;

    public Slow(AdapterImage image) {
      this.image = image;
    }

    public void carried() {
      carried = true;
    }

    @Override
    public AdapterImage image() {
      return image;
    }

    @Override
    public boolean isReady() {
      return carried;
    }
  }

  /**
   * Transfers whose images must be carried.
   *
   * @param way what happens on the way
   */
  public record Carrier(Consumer<AdapterImage> way) implements Transfers {
    @Override
    public Ticket stage(AdapterImage image) {
      return new Slow(image);
    }

    @Override
    public void carry(Ticket ticket) {
      way.accept(ticket.image());
      ((Slow) ticket).carried();
    }
  }

  /** Ready at once. */
  public record Ready(AdapterImage image) implements Transfers.Ticket {
    @Override
    public boolean isReady() {
      return true;
    }
  }
}
