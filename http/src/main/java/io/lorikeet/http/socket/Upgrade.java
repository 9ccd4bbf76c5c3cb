package io.lorikeet.http.socket;

import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.apache.pekko.NotUsed;
import org.apache.pekko.http.impl.engine.server.UpgradeToOtherProtocolResponseHeader;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.ws.Message;
import org.apache.pekko.http.javadsl.model.ws.WebSocketUpgrade;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Graph;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/**
 * The response that turns a connection into a WebSocket. Pekko checks the handshake and writes its
 * answer; the frames after it are ours, as Pekko's own handler sends no close codes but two, shows
 * no pongs and bounds no message.
 */
final class Upgrade {
  // Never runs: its place in the response is given to the frames.
  private static final Flow<Message, Message, NotUsed> PLACE =
      Flow.fromSinkAndSource(Sink.<Message>ignore(), Source.<Message>empty());

  private final WebSocketUpgrade handshake;

  private Upgrade(WebSocketUpgrade handshake) {
    this.handshake = handshake;
  }

  /** The upgrade that a request asks for, where its handshake is complete. */
  static Optional<Upgrade> of(HttpRequest request) {
    return request.getAttribute(AttributeKeys.webSocketUpgrade).map(Upgrade::new);
  }

  /**
   * @param protocol of those that were offered
   */
  HttpResponse response(
      Graph<FlowShape<ByteString, ByteString>, NotUsed> frames, Optional<String> protocol) {
    HttpResponse answer =
        protocol
            .map(chosen -> handshake.handleMessagesWith(PLACE, chosen))
            .orElseGet(() -> handshake.handleMessagesWith(PLACE));
    HttpHeader ours =
        new UpgradeToOtherProtocolResponseHeader(
            Flow.fromGraph(frames).<Object>mapMaterializedValue(none -> none).asScala());
    List<HttpHeader> headers =
        StreamSupport.stream(answer.getHeaders().spliterator(), false)
            .map(header -> header instanceof UpgradeToOtherProtocolResponseHeader ? ours : header)
            .toList();
    return answer.withHeaders(headers);
  }

  /** The subprotocols that a request offers, in order. */
  List<String> offered() {
    return StreamSupport.stream(handshake.getRequestedProtocols().spliterator(), false).toList();
  }
}
