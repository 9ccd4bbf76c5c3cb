package io.lorikeet.engine.schedule;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.spi.Transfers;
import java.util.List;

/**
 * What a {@link StepLoop} tells its owner, on the owner's thread and from within any of its
 * methods. Implementations pass it on and must not call the loop back.
 */
public interface LoopEvents {
  /** Drawn tokens in order, at least one. */
  void tokens(long id, List<TokenOut> tokens);

  /**
   * Prompt tokens with their log probabilities, in order from the second one on; where the request
   * asked for them, all come before its first drawn token.
   */
  void scored(long id, List<TokenOut> tokens);

  /**
   * What became of the hidden states of a prompt, where the request asked for them; the end
   * follows.
   *
   * @param vector {@code [hidden]}
   */
  void pooled(long id, float[] vector);

  /** The last event of a sequence; every submitted sequence gets exactly one. */
  void ended(long id, EndReason reason, Usage usage);

  /**
   * A slot is reserved for this generation and waits for its image: answer with {@link
   * StepLoop#adapterReady} or {@link StepLoop#adapterFailed}. Asked in the order in which sequences
   * will run, once until answered.
   */
  void page(GenerationId generation);

  /**
   * The image has a place on the device and must be brought there: let {@link Transfers#carry} run
   * elsewhere, then answer with {@link StepLoop#adapterCarried} or {@link StepLoop#adapterFailed}.
   * Steps go on meanwhile.
   */
  void carry(GenerationId generation, Transfers.Ticket ticket);

  /** The generation has no slot any more; no step uses its ticket from now on. */
  void unpaged(GenerationId generation);
}
