package io.lorikeet.http.responses;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/**
 * A response that was accepted and runs.
 *
 * @param responseId such as {@code resp_0f1e}
 * @param events OpenAI's events, each with {@code type} and {@code sequence_number} from 0; the
 *     last one is {@code response.completed}, {@code .incomplete} or {@code .failed}. Runs once.
 *     Fields may be added to each object, but what lies within them is shared. Cancelling it
 *     cancels the response, and so does not running it for a while
 */
public record Run(String responseId, Source<ObjectNode, NotUsed> events) {}
