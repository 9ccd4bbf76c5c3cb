package io.lorikeet.http.responses;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.http.exchange.Call;
import java.util.concurrent.CompletionStage;

/** Starts and cancels responses, whatever they travel over. Thread-safe. */
public interface ResponseRuns {
  /**
   * Starts the response that a body asks for. The stage fails with a {@link
   * io.lorikeet.engine.error.LorikeetException} where it is refused; nothing runs then.
   *
   * @param body the fields of {@code POST /v1/responses}; {@code stream} is of no account here. It
   *     belongs to the callee
   */
  CompletionStage<Run> start(Call call, ObjectNode body);

  /**
   * Cancels a response and completes with it as it is then. One that has ended is as it was. Its
   * events end with {@code response.incomplete} or one that was on its way.
   *
   * @param principal whose response it is; those of others are not found
   */
  CompletionStage<ObjectNode> cancel(String principal, String id);

  /**
   * The same runs for one connection, which may continue its latest responses although they are not
   * stored.
   */
  Session session();

  /** The runs of one connection. What only it remembers goes when it is closed. */
  interface Session extends ResponseRuns, AutoCloseable {
    @Override
    void close();
  }
}
