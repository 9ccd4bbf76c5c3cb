package io.lorikeet.actors;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.merge.Recipe;
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
   * @param answerer who answers
   * @param prompts tokens of each prompt, copies
   */
  record Accepted(ActorRef<RequestProtocol> request, Answerer answerer, List<int[]> prompts)
      implements Answer {
    public Accepted {
      prompts = List.copyOf(prompts);
    }
  }

  /** Who answers. */
  sealed interface Answerer {
    /** Names of the adapters that take part, in the order of the request. */
    List<String> names();
  }

  /** The sum of adapters, in the order of the request; of none: the base. */
  record Sum(List<Adapter> adapters) implements Answerer {
    public static final Sum BASE = new Sum(List.of());

    public Sum {
      adapters = List.copyOf(adapters);
    }

    @Override
    public List<String> names() {
      return adapters.stream().map(Adapter::name).toList();
    }
  }

  /** One adapter that was merged from several. */
  record Merge(Recipe<String> recipe, GenerationId generation) implements Answerer {
    @Override
    public List<String> names() {
      return recipe.adapters();
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
