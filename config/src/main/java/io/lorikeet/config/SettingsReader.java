package io.lorikeet.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Reads {@link Settings} from HOCON: the module's {@code reference.conf}, over it an operator's
 * file, over both what the command line gives. A key that no setting has is refused by name.
 */
public final class SettingsReader {
  private static final String ROOT = "lorikeet";
  // Settings below these have names that an operator chooses.
  private static final List<String> NAMED =
      List.of("schedule.weights", "access.keys", "engine.weights-of");

  private SettingsReader() {}

  /** The settings of the reference file alone. */
  public static Settings defaults() {
    return read(Optional.empty(), Map.of());
  }

  /**
   * Reads and checks everything.
   *
   * @param file an operator's file, with keys under {@code lorikeet}
   * @param overrides values by key, without the {@code lorikeet.} in front
   * @throws IllegalArgumentException with all that is wrong, a line each
   */
  public static Settings read(Optional<Path> file, Map<String, Object> overrides) {
    try {
      Config reference =
          ConfigFactory.parseResources(SettingsReader.class, "/reference.conf").withOnlyPath(ROOT);
      Config given = ConfigFactory.parseMap(prefixed(overrides)).withFallback(operator(file));
      refuseUnknown(reference.getConfig(ROOT), given);
      return settings(given.withFallback(reference).resolve().getConfig(ROOT));
    } catch (ConfigException e) {
      throw new IllegalArgumentException("configuration: " + e.getMessage(), e);
    }
  }

  private static Config operator(Optional<Path> file) {
    if (file.isEmpty()) {
      return ConfigFactory.empty();
    }
    File path = file.get().toFile();
    if (!Files.isRegularFile(file.get())) {
      throw new IllegalArgumentException("`--config` must name a file. Given: " + path);
    }
    return ConfigFactory.parseFile(path).resolve();
  }

  private static Map<String, Object> prefixed(Map<String, Object> overrides) {
    Map<String, Object> prefixed = new HashMap<>();
    overrides.forEach((key, value) -> prefixed.put(ROOT + "." + key, value));
    return prefixed;
  }

  private static void refuseUnknown(Config reference, Config given) {
    TreeSet<String> unknown = new TreeSet<>();
    given
        .entrySet()
        .forEach(entry -> {
          String key = entry.getKey();
          boolean named = NAMED.stream().anyMatch(map -> key.startsWith(ROOT + "." + map + "."));
          boolean known =
              key.startsWith(ROOT + ".") && reference.hasPath(key.substring(ROOT.length() + 1));
          if (!named && !known) {
            unknown.add(key);
          }
        });
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException("configuration: there is no setting " + unknown);
    }
  }

  private static Settings settings(Config root) {
    List<String> wrong = new ArrayList<>();
    Optional<ServerSettings> server = section(root, "server", SettingsReader::server, wrong);
    Optional<EngineSettings> engine = section(root, "engine", SettingsReader::engine, wrong);
    Optional<Device> device = section(root, "engine", c -> Device.of(c.getString("device")), wrong);
    Optional<ScheduleSettings> schedule =
        section(root, "schedule", SettingsReader::schedule, wrong);
    Optional<AdapterSettings> adapters = section(root, "adapters", SettingsReader::adapters, wrong);
    Optional<RequestSettings> requests = section(root, "requests", SettingsReader::requests, wrong);
    Optional<AccessSettings> access = section(root, "access", AccessReader::read, wrong);
    Optional<SocketSettings> socket = section(root, "socket", SettingsReader::socket, wrong);
    Optional<ResponseSettings> responses =
        section(root, "responses", SettingsReader::responses, wrong);
    if (!wrong.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", wrong));
    }
    return new Settings(
        server.orElseThrow(),
        engine.orElseThrow(),
        device.orElseThrow(),
        shared(schedule.orElseThrow(), access.orElseThrow()),
        adapters.orElseThrow(),
        requests.orElseThrow(),
        access.orElseThrow(),
        socket.orElseThrow(),
        responses.orElseThrow(),
        root.getStringList("model.accept-fields"),
        ToolCallSetting.of(root.getString("model.tool-calls")),
        file(root.getString("model.chat-template")));
  }

  private static Optional<Path> file(String path) {
    return path.isEmpty() ? Optional.empty() : Optional.of(Path.of(path));
  }

  // All sections are read before anything is refused, so that one start shows all that is wrong.
  private static <T> Optional<T> section(
      Config root, String name, Function<Config, T> reader, List<String> wrong) {
    try {
      return Optional.of(reader.apply(root.getConfig(name)));
    } catch (IllegalArgumentException | ConfigException e) {
      wrong.add("configuration: " + e.getMessage());
      return Optional.empty();
    }
  }

  private static ServerSettings server(Config c) {
    return new ServerSettings(
        c.getString("host"),
        c.getInt("port"),
        c.getBytes("body-bytes-max"),
        c.getDuration("head-wait"),
        c.getDuration("body-wait"),
        c.getInt("connections-max"),
        c.getDuration("keep-alive"),
        c.getDuration("drain"),
        c.getDuration("ready-within"));
  }

  private static ScheduleSettings shared(ScheduleSettings schedule, AccessSettings access) {
    Map<String, Double> weights = new HashMap<>(schedule.weights());
    access.principals().forEach(p -> weights.putIfAbsent(p.name(), p.weight()));
    return schedule.withWeights(weights);
  }

  private static EngineSettings engine(Config c) {
    return new EngineSettings(
        c.getInt("threads"),
        c.getString("kernels"),
        c.getString("weights"),
        Numerics.of(c.getString("numerics")),
        weightsOf(c.getConfig("weights-of")),
        WeightCacheSettings.of(
            c.getString("weights-cache"),
            c.getBytes("weights-cache-bytes"),
            c.getBytes("weights-cache-min"),
            System.getenv(),
            System.getProperty("user.home")),
        WeightMemory.of(c.getString("weights-memory")),
        c.getInt("rows-max"),
        c.getBytes("kv-bytes"),
        c.getLong("kv-tokens"),
        c.getInt("seats"),
        c.getInt("slots"),
        c.getBoolean("graphs"));
  }

  // A name with dots is the same with quotes and without.
  private static Map<String, String> weightsOf(Config named) {
    Map<String, String> weights = new HashMap<>();
    named
        .entrySet()
        .forEach(entry ->
            weights.put(
                String.join(".", ConfigUtil.splitPath(entry.getKey())),
                String.valueOf(entry.getValue().unwrapped())));
    return weights;
  }

  private static ScheduleSettings schedule(Config c) {
    Map<String, Double> weights = new HashMap<>();
    Config shares = c.getConfig("weights");
    shares
        .root()
        .keySet()
        .forEach(name -> weights.put(name, shares.getDouble(ConfigUtil.quoteString(name))));
    return new ScheduleSettings(
        c.getInt("waiting-max"),
        c.getDuration("queue-wait"),
        c.getDuration("step-budget"),
        c.getDuration("prefill-budget"),
        c.getDuration("without-credit"),
        c.getDuration("passed-over"),
        c.getInt("pages-ahead"),
        c.getInt("adapters-max"),
        c.getInt("rebuilds-per-hour"),
        c.getDuration("take-wait"),
        weights);
  }

  private static AdapterSettings adapters(Config c) {
    return new AdapterSettings(
        c.getInt("registered-max"),
        c.getBytes("file-bytes-max"),
        c.getBytes("host-bytes"),
        c.getInt("loads-max"),
        c.getDuration("load-timeout"),
        c.getInt("load-tries"),
        c.getStringList("roots"),
        c.getDuration("unload-wait"));
  }

  private static RequestSettings requests(Config c) {
    Duration timeoutMax = c.getDuration("timeout-max");
    return new RequestSettings(
        c.getInt("stops-max"),
        c.getInt("stop-characters-max"),
        c.getInt("prompts-max"),
        c.getInt("embedding-inputs-max"),
        c.getInt("embedding-tokens-max"),
        c.getInt("choices-max"),
        c.getInt("top-logprobs-max"),
        c.getInt("scored-tokens-max"),
        c.getInt("bad-words-max"),
        c.getInt("logit-bias-max"),
        c.getInt("stream-credit"),
        timeoutMax,
        c.getInt("template-steps-max"),
        bytes(c, "template-bytes-max"),
        c.getInt("template-output-max"),
        c.getInt("tools-max"),
        bytes(c, "tools-bytes-max"),
        c.getInt("tool-calls-max"),
        c.getInt("tool-call-characters-max"),
        c.getBoolean("control-tokens-in-messages"),
        c.getInt("prompt-tokens-max"),
        c.getInt("total-tokens-max"),
        c.getInt("concurrent-max"));
  }

  // What is held in one array.
  private static int bytes(Config c, String key) {
    long bytes = c.getBytes(key);
    Checks.atMost("requests." + key, bytes, Integer.MAX_VALUE);
    return (int) Math.max(-1, bytes);
  }

  private static ResponseSettings responses(Config c) {
    return new ResponseSettings(
        c.getBytes("bytes-max"),
        c.getDuration("kept"),
        c.getInt("background-max"),
        c.getInt("session-max"));
  }

  private static SocketSettings socket(Config c) {
    return new SocketSettings(
        c.getInt("lanes-max"),
        c.getInt("queued-max"),
        c.getBytes("queued-bytes-max"),
        c.getBytes("message-bytes-max"),
        c.getDuration("idle"),
        c.getDuration("ping"),
        c.getDuration("pong-wait"),
        c.getDuration("close-wait"),
        c.getInt("principal-max"));
  }
}
