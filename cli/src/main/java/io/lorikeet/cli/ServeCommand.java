package io.lorikeet.cli;

import io.lorikeet.cli.lorax.LoraxArguments;
import io.lorikeet.cli.lorax.LoraxOptions;
import io.lorikeet.config.Settings;
import io.lorikeet.config.SettingsReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lorikeet serve}: one model and its adapters over HTTP, until the process is stopped. */
@Command(
    name = "serve",
    description = "Serves a model folder and its adapters over HTTP.",
    mixinStandardHelpOptions = true,
    modelTransformer = LoraxOptions.class,
    abbreviateSynopsis = true,
    sortOptions = false)
final class ServeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Model folder in Hugging Face layout; without it the embedded demo.")
  private @Nullable Path model;

  @Option(
      names = "--model-name",
      paramLabel = "NAME",
      description = "Name under which the base is asked for; without it the folder's.")
  private @Nullable String modelName;

  @Option(
      names = "--chat-template",
      paramLabel = "FILE",
      description =
          "Jinja template for chats, instead of the model's own (docs/chat-templates.md).")
  private @Nullable Path chatTemplate;

  @Option(
      names = "--tool-call-parser",
      paramLabel = "FORMAT",
      description =
          "How the model writes calls of functions: hermes, llama3 (or llama3_json), mistral, json"
              + " or none; without it as its chat template does (docs/tools.md).")
  private @Nullable String toolCallParser;

  @Option(
      names = "--enable-auto-tool-choice",
      description = "Accepted for scripts that start vLLM: calls are always found.")
  private boolean autoToolChoice;

  @Option(
      names = "--adapters",
      paramLabel = "DIR|NAME=DIR",
      description = "Folder whose sub-folders are adapters, or one adapter by name. Repeatable.")
  private List<String> adapters = new ArrayList<>();

  @Option(
      names = "--adapter-root",
      paramLabel = "DIR",
      description =
          "Folder below which adapters may be loaded while the server runs; without any, none"
              + " may. Repeatable.")
  private List<String> adapterRoots = new ArrayList<>();

  @Option(names = "--host", description = "Address to listen on (default: 127.0.0.1).")
  private @Nullable String host;

  @Option(
      names = {"-p", "--port"},
      description = "Port; 0: any free one (default: 8080).")
  private @Nullable Integer port;

  @Option(
      names = "--device",
      description =
          "auto (a GPU where one can run the model, else the CPU), cpu or cuda (default: auto;"
              + " docs/cuda.md).")
  private @Nullable String device;

  @Option(
      names = "--threads",
      description = "Threads of the engine; 0: as many as there are cores (default).")
  private @Nullable Integer threads;

  @Option(
      names = "--api-key",
      paramLabel = "KEY",
      description =
          "Key that requests must bring; without any, everybody may ask. Repeatable."
              + " Also from the environment: LORIKEET_API_KEY.")
  private List<String> apiKeys = new ArrayList<>();

  @Option(
      names = "--admin-key",
      paramLabel = "KEY",
      description =
          "Key that may load and unload adapters too. Repeatable."
              + " Also from the environment: LORIKEET_ADMIN_KEY.")
  private List<String> adminKeys = new ArrayList<>();

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description = "Keys with names, roles, adapters, shares and limits (docs/access.md).")
  private @Nullable Path keyFile;

  @Option(
      names = "--cors-origin",
      paramLabel = "ORIGIN",
      description = "Web origin whose pages may call the server; * for all. Repeatable.")
  private List<String> corsOrigins = new ArrayList<>();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings over those of reference.conf, under the key `lorikeet`.")
  private @Nullable Path config;

  @Override
  public Integer call() throws Exception {
    LoraxArguments lorax = lorax(System.getenv());
    if (lorax.jsonOutput()) {
      JsonLog.use();
    }
    lorax.logWithoutEffect();
    if (lorax.showsEnvironment()) {
      LOG.info("environment: {}", Environment.line());
    }
    Settings settings = settings(System.getenv());
    RunningServer server =
        RunningServer.start(
            folder(lorax),
            Optional.ofNullable(modelName).or(lorax::modelId),
            settings,
            lorax.preloadedAdapters());
    commandLine().getOut().println(server.readyLine());
    commandLine().getOut().flush();
    server.awaitEnd();
    return CommandLine.ExitCode.OK;
  }

  /** What the options and the variables of the environment make of the settings. */
  Settings settings(Map<String, String> environment) {
    Map<String, Object> overrides = overrides(environment);
    LoraxArguments lorax = lorax(environment);
    lorax
        .settings()
        .forEach((key, value) -> {
          if (overrides.putIfAbsent(key, value) != null) {
            throw new IllegalArgumentException(
                "`%s` and the option of Lorikeet for it exclude each other (`%s`)"
                    .formatted(lorax.settingOf(key).orElse(key), key));
          }
        });
    return SettingsReader.read(Optional.ofNullable(config), overrides);
  }

  private LoraxArguments lorax(Map<String, String> environment) {
    return LoraxOptions.read(commandLine().getParseResult(), environment);
  }

  private ServedFolder folder(LoraxArguments lorax) {
    AdapterPlaces places = AdapterPlaces.parse(adapters);
    if (lorax.modelId().isEmpty()) {
      return model == null ? ServedFolder.demo(places) : ServedFolder.of(model, places);
    }
    if (model != null) {
      throw new IllegalArgumentException("`--model-id` and `--model` exclude each other");
    }
    Path named = Path.of(lorax.modelId().get());
    if (!Files.isDirectory(named)) {
      throw new IllegalArgumentException(
          "`--model-id` must be a folder: models are not fetched. Given: " + named);
    }
    return ServedFolder.of(named, places);
  }

  private Map<String, Object> overrides(Map<String, String> environment) {
    Map<String, Object> overrides = new HashMap<>();
    put(overrides, "server.host", host);
    put(overrides, "server.port", port);
    put(overrides, "engine.device", device);
    put(overrides, "engine.threads", threads);
    put(overrides, "model.chat-template", chatTemplate == null ? null : chatTemplate.toString());
    put(overrides, "model.tool-calls", toolCalls());
    put(overrides, "access.keys-file", keyFile == null ? null : keyFile.toString());
    putKeys(overrides, "key", "user", with(apiKeys, environment.get("LORIKEET_API_KEY")));
    putKeys(overrides, "admin", "admin", with(adminKeys, environment.get("LORIKEET_ADMIN_KEY")));
    if (!adapterRoots.isEmpty()) {
      overrides.put("adapters.roots", adapterRoots);
    }
    if (!corsOrigins.isEmpty()) {
      overrides.put("access.cors-origins", corsOrigins);
    }
    return overrides;
  }

  /** The setting for it, by its own name or by vLLM's. */
  private @Nullable String toolCalls() {
    if (autoToolChoice && "none".equals(toolCallParser)) {
      throw new IllegalArgumentException(
          "`--enable-auto-tool-choice` and `--tool-call-parser none` exclude each other");
    }
    return "llama3_json".equals(toolCallParser) ? "llama3" : toolCallParser;
  }

  // Options of a command line are seen by everybody on the machine; its environment is not.
  private static List<String> with(List<String> keys, @Nullable String key) {
    return key == null || key.isEmpty()
        ? keys
        : Stream.concat(keys.stream(), Stream.of(key)).toList();
  }

  private static void putKeys(
      Map<String, Object> overrides, String name, String role, List<String> keys) {
    for (int i = 0; i < keys.size(); i++) {
      String path = "access.keys." + name + "-" + (i + 1);
      overrides.put(path + ".key", keys.get(i));
      overrides.put(path + ".role", role);
    }
  }

  private static void put(Map<String, Object> overrides, String key, @Nullable Object value) {
    if (value != null) {
      overrides.put(key, value);
    }
  }

  private CommandLine commandLine() {
    if (spec == null) {
      throw new IllegalStateException("the command is run by picocli");
    }
    return spec.commandLine();
  }
}
