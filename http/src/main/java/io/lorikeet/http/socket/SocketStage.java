package io.lorikeet.http.socket;

import io.lorikeet.http.exchange.Call;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.util.ByteString;

/** The bytes of one connection after its upgrade. Runs once. */
final class SocketStage extends GraphStage<FlowShape<ByteString, ByteString>> {
  private final Inlet<ByteString> in = Inlet.create("fromClient");
  private final Outlet<ByteString> out = Outlet.create("toClient");
  private final SocketParts parts;
  private final Call call;

  /**
   * @param call the upgrade
   */
  SocketStage(SocketParts parts, Call call) {
    this.parts = parts;
    this.call = call;
  }

  @Override
  public FlowShape<ByteString, ByteString> shape() {
    return FlowShape.of(in, out);
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new SocketLogic(shape(), parts, call);
  }
}
