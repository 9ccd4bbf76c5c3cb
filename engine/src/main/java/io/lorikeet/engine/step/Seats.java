package io.lorikeet.engine.step;

import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.sample.TokenHistory;
import io.lorikeet.engine.spi.Binding;
import java.util.Arrays;

/**
 * What the executor keeps for each running sequence: how it draws, its last token, and the tokens
 * that penalties look at. A device may draw a token that the host does not know yet.
 */
public final class Seats {
  private static final int UNKNOWN = -1;
  private static final TokenHistory NO_HISTORY =
      TokenHistory.of(SamplingParams.GREEDY, new int[0], 0, 0, 0);

  private final SamplingParams[] sampling;
  private final TokenHistory[] history;
  private final boolean[] bound;
  private final int[] lastToken;
  private final int[] drawing; // tokens that a device draws

  /** Seats that belong to nobody yet. */
  public Seats(int count) {
    sampling = new SamplingParams[count];
    history = new TokenHistory[count];
    bound = new boolean[count];
    lastToken = new int[count];
    drawing = new int[count];
    Arrays.fill(sampling, SamplingParams.GREEDY);
    Arrays.fill(history, NO_HISTORY);
    Arrays.fill(lastToken, UNKNOWN);
  }

  /** As {@link Binding.BindSeat} says. */
  public void bind(int seat, SamplingParams params, Binding.Tokens tokens) {
    sampling[seat] = params;
    history[seat] =
        TokenHistory.of(params, tokens.ids(), tokens.known(), tokens.prompt(), tokens.most());
    bound[seat] = true;
    lastToken[seat] = UNKNOWN;
    drawing[seat] = 0;
  }

  /** As {@link Binding.FreeSeat} says. */
  public void free(int seat) {
    sampling[seat] = SamplingParams.GREEDY;
    history[seat] = NO_HISTORY;
    bound[seat] = false;
    lastToken[seat] = UNKNOWN;
    drawing[seat] = 0;
  }

  public SamplingParams sampling(int seat) {
    return sampling[seat];
  }

  public TokenHistory history(int seat) {
    return history[seat];
  }

  /**
   * Throws unless the seat belongs to a sequence.
   *
   * @throws IllegalArgumentException it is nobody's
   */
  public void requireBound(int seat) {
    if (seat < 0 || seat >= bound.length || !bound[seat]) {
      throw new IllegalArgumentException("seat " + seat + " is not bound");
    }
  }

  /**
   * The last token that was drawn on the seat.
   *
   * @throws IllegalArgumentException none was
   */
  public int lastToken(int seat) {
    if (lastToken[seat] == UNKNOWN) {
      throw new IllegalArgumentException("no token was drawn on seat " + seat + " yet");
    }
    return lastToken[seat];
  }

  /** A device draws a token on the seat. */
  public void draws(int seat) {
    drawing[seat]++;
  }

  /** Whether a device draws tokens on the seat that the host does not know yet. */
  public boolean isDrawing(int seat) {
    return drawing[seat] > 0;
  }

  /** The device drew nothing. */
  public void drewNothing(int seat) {
    drawing[seat] = Math.max(0, drawing[seat] - 1);
  }

  /** Takes over a token that was drawn. */
  public void drawn(int seat, int token) {
    drewNothing(seat);
    lastToken[seat] = token;
    history[seat].drawn(token);
  }
}
