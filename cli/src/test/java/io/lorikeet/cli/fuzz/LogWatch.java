package io.lorikeet.cli.fuzz;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.LoggerFactory;

/** Keeps what the log must never say: secrets, prompts, and faults of the server. */
final class LogWatch extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private static final List<String> SECRETS =
      List.of(FuzzServer.USER_KEY, FuzzServer.ADMIN_KEY, Catalogue.PROMPT);
  private static final int KEPT_MAX = 20;

  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Queue<String> bad = new ConcurrentLinkedQueue<>();
  private final AtomicInteger lines = new AtomicInteger();

  static LogWatch begin() {
    LogWatch watch = new LogWatch();
    watch.start();
    watch.root.addAppender(watch);
    return watch;
  }

  @Override
  protected void append(ILoggingEvent event) {
    lines.incrementAndGet();
    String text = event.getLoggerName() + ": " + event.getFormattedMessage();
    if (event.getThrowableProxy() != null) {
      text += "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy());
    }
    if ((event.getLevel().isGreaterOrEqual(Level.ERROR)
            || SECRETS.stream().anyMatch(text::contains))
        && bad.size() < KEPT_MAX) {
      bad.add(event.getLevel() + " " + text);
    }
  }

  /** What it should not have said. */
  List<String> bad() {
    return List.copyOf(bad);
  }

  int lines() {
    return lines.get();
  }

  @Override
  public void close() {
    root.detachAppender(this);
  }
}
