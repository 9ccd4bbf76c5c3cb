package io.lorikeet.actors;

import io.lorikeet.actors.AdapterManagerActor.Carried;
import io.lorikeet.actors.AdapterManagerActor.CarryFailed;
import io.lorikeet.actors.AdapterManagerActor.Command;
import io.lorikeet.actors.AdapterManagerActor.Copied;
import io.lorikeet.actors.AdapterManagerActor.Device;
import io.lorikeet.actors.AdapterManagerActor.Listed;
import io.lorikeet.actors.AdapterManagerActor.LoadFailed;
import io.lorikeet.actors.AdapterManagerActor.LookUpFailed;
import io.lorikeet.actors.AdapterManagerActor.LookedUp;
import io.lorikeet.actors.AdapterManagerActor.Read;
import io.lorikeet.actors.AdapterManagerActor.Resolution;
import io.lorikeet.actors.AdapterManagerActor.StageFailed;
import io.lorikeet.actors.AdapterManagerActor.Staged;
import io.lorikeet.actors.AdapterSource.Copy;
import io.lorikeet.actors.AdapterSource.Stamp;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.spi.Transfers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the adapter manager has done for it: tasks that block run on the loads' dispatcher and come
 * back to it as messages; replies go out at once.
 */
final class AdapterTasks implements AdapterWork<ActorRef<Resolution>> {
  private static final Logger LOG = LoggerFactory.getLogger(AdapterTasks.class);
  private static final String LOADS = "lorikeet-loads-dispatcher";

  private final ActorContext<Command> context;
  private final AdapterSource source;
  private final Supplier<Optional<Device>> device;
  private final Executor blocking;

  /**
   * @param device the executor that asked last
   */
  AdapterTasks(
      ActorContext<Command> context, AdapterSource source, Supplier<Optional<Device>> device) {
    this.context = context;
    this.source = source;
    this.device = device;
    this.blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.fromConfig(LOADS));
  }

  @Override
  public void lookUp(long lookup, String name) {
    start(
        () -> source.stamp(name),
        stamp -> new LookedUp(lookup, stamp),
        failure -> new LookUpFailed(lookup, failure));
  }

  @Override
  public void copy(long load, String name) {
    start(() -> copied(load, name), copied -> copied, failure -> new LoadFailed(load, failure));
  }

  // Files that are replaced while they are copied may not belong together.
  private Command copied(long load, String name) {
    Optional<Stamp> before = source.stamp(name);
    if (before.isEmpty()) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_NOT_FOUND, "there is no adapter of this name any more. Given: " + name);
    }
    Copy copy = source.copy(name);
    if (!source.stamp(name).equals(before)) {
      throw new UncheckedIOException(new IOException("they changed while they were copied"));
    }
    return new Copied(load, before.get(), copy);
  }

  @Override
  public void read(long load, Copy copy) {
    start(copy::read, image -> new Read(load, image), failure -> new LoadFailed(load, failure));
  }

  @Override
  public void merge(long load, MergeOrder order, long bytesMax) {
    start(
        () -> order.build(source, bytesMax),
        image -> new Read(load, image),
        failure -> new LoadFailed(load, failure));
  }

  @Override
  public void stage(GenerationId generation, long epoch, AdapterImage image) {
    Transfers transfers = device.get().orElseThrow().transfers();
    start(
        () -> transfers.stage(image),
        ticket -> new Staged(generation, epoch, ticket),
        failure -> new StageFailed(generation, epoch, failure));
  }

  /** Brings a bound image to the device. */
  void carry(GenerationId generation, Transfers.Ticket ticket, Device to) {
    start(
        () -> {
          to.transfers().carry(ticket);
          return generation;
        },
        carried -> new Carried(carried, to.epoch()),
        failure -> new CarryFailed(generation, to.epoch(), failure));
  }

  @Override
  public void makeRoom(long epoch) {
    tellBatching(new BatchingActor.MakeRoom(epoch));
  }

  void list(ActorRef<AdapterManagerActor.Adapters> replyTo) {
    start(
        source::names,
        names -> new Listed(names, replyTo),
        failure -> {
          LOG.warn("adapter folders can't be listed: {}", failure.message());
          return new Listed(List.of(), replyTo);
        });
  }

  /** Looks for the names that there are; answers with Found or NotFound. */
  void find() {
    start(source::names, AdapterManagerActor.Found::new, AdapterManagerActor.NotFound::new);
  }

  @Override
  public void granted(ActorRef<Resolution> holder, Lease lease) {
    holder.tell(new Resolution.Granted(lease));
  }

  @Override
  public void refused(ActorRef<Resolution> holder, String name, ErrorCode code, String message) {
    holder.tell(new Resolution.Refused(name, code, message));
  }

  @Override
  public void pageFailed(GenerationId generation, long epoch, ErrorCode code, String message) {
    tellBatching(new BatchingActor.AdapterFailed(generation, epoch, code, message));
  }

  void tellBatching(BatchingActor.Command message) {
    device.get().ifPresent(d -> d.batching().tell(message));
  }

  private <T> void start(
      Supplier<T> task, Function<T, Command> answer, Function<Failure, Command> failed) {
    context.pipeToSelf(
        CompletableFuture.supplyAsync(task, blocking),
        (value, thrown) -> {
          if (thrown == null) {
            return answer.apply(value);
          }
          Failure failure = Failure.of(thrown);
          if (failure.code() == ErrorCode.INTERNAL) {
            LOG.error("a task of the adapter manager failed", thrown);
          }
          return failed.apply(failure);
        });
  }
}
