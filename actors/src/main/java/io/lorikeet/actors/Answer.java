package io.lorikeet.actors;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.ErrorCode;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/** The first thing that a request actor says, before the head of a response goes out. */
public sealed interface Answer {
  /**
   * The adapters are resolved, the prompt fits, all limits hold. The answer flows to whoever
   * attaches next; a request that nobody attaches to ends by itself.
   *
   * @param request where the reader attaches: {@link RequestProtocol}
   * @param adapters those that answer, in the order of the request; none: the base
   * @param prompts tokens of each prompt, copies
   */
  record Accepted(ActorRef<RequestProtocol> request, List<Adapter> adapters, List<int[]> prompts)
      implements Answer {
    public Accepted {
      adapters = List.copyOf(adapters);
      prompts = List.copyOf(prompts);
    }
  }

  /**
   * An adapter that answers, alone or as part of a sum.
   *
   * @param weight its factor; 1 is the adapter as it was trained
   */
  record Adapter(String name, double weight, GenerationId generation) {}

  /** Refused; nothing else happens. */
  record Rejected(ErrorCode code, String message) implements Answer {}
}
