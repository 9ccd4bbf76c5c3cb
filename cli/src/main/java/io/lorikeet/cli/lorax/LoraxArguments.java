package io.lorikeet.cli.lorax;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a command line holds of LoRAX's flags; every value was checked. */
public final class LoraxArguments {
  private static final Logger LOG = LoggerFactory.getLogger(LoraxArguments.class);

  private final Map<LoraxFlag, List<String>> given;

  LoraxArguments(Map<LoraxFlag, List<String>> given) {
    this.given = given;
  }

  /** Settings by key, as in {@code reference.conf}. */
  public Map<String, Object> settings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    given.forEach((flag, values) -> {
      switch (flag.effect()) {
        case Effect.Sets(List<String> keys, _) ->
            keys.forEach(key ->
                settings.put(key, flag.kind() == LoraxFlag.Kind.WORDS ? values : values.getLast()));
        case Effect.Chooses(String key, _, _, _) -> settings.put(key, values.getLast());
        case Effect.Switches(String key, String value, _) -> {
          if (isOn(values)) {
            settings.put(key, value);
          }
        }
        case Effect.Does _, Effect.Nothing _, Effect.Refused _ -> {}
      }
    });
    return settings;
  }

  /** The flag that sets a key, for refusals. */
  public Optional<String> settingOf(String key) {
    return given.keySet().stream()
        .filter(flag -> flag.effect() instanceof Effect.Sets sets && sets.keys().contains(key))
        .map(LoraxFlag::name)
        .findFirst();
  }

  /** {@code --model-id}. */
  public Optional<String> modelId() {
    return values("--model-id").stream().reduce((_, last) -> last);
  }

  /** {@code --preloaded-adapter-ids}. */
  public List<String> preloadedAdapters() {
    return values("--preloaded-adapter-ids");
  }

  /** {@code --json-output}. */
  public boolean jsonOutput() {
    return isOn(values("--json-output"));
  }

  /** {@code --env}. */
  public boolean showsEnvironment() {
    return isOn(values("--env"));
  }

  /** Says what changes nothing, and why; never a value, it may be a secret. */
  public void logWithoutEffect() {
    for (LoraxFlag flag : given.keySet()) {
      switch (flag.effect()) {
        case Effect.Nothing(String why) -> LOG.info("{} changes nothing: {}", flag.name(), why);
        case Effect.Refused(String why, _) -> LOG.info("{} changes nothing: {}", flag.name(), why);
        case Effect.Sets _, Effect.Chooses _, Effect.Switches _, Effect.Does _ -> {}
      }
    }
  }

  private List<String> values(String name) {
    return given.entrySet().stream()
        .filter(entry -> entry.getKey().name().equals(name))
        .findFirst()
        .map(Map.Entry::getValue)
        .orElse(List.of());
  }

  private static boolean isOn(List<String> values) {
    return !values.isEmpty() && values.getLast().toLowerCase(Locale.ROOT).equals("true");
  }
}
