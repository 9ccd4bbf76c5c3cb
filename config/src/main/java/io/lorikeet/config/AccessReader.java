package io.lorikeet.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Reads who has a key. No message of it repeats one. */
final class AccessReader {
  private static final String KEY = "key";
  private static final String HASH = "key-sha256";
  private static final Set<String> FIELDS =
      Set.of(KEY, HASH, "role", "adapters", "weight", "requests-per-minute", "concurrent-max");
  private static final Config DEFAULTS =
      ConfigFactory.parseString(
          "role = user, adapters = [\"*\"], weight = 1, requests-per-minute = 0, concurrent-max = 0");

  private AccessReader() {}

  /**
   * The section {@code access}.
   *
   * @throws IllegalArgumentException naming the principal and the field
   */
  static AccessSettings read(Config access) {
    List<PrincipalSettings> principals = new ArrayList<>(principals(access.getConfig("keys")));
    String file = access.getString("keys-file");
    if (!file.isEmpty()) {
      principals.addAll(principals(file(Path.of(file))));
    }
    return new AccessSettings(principals, access.getStringList("cors-origins"));
  }

  private static List<PrincipalSettings> principals(Config keys) {
    return new TreeSet<>(keys.root().keySet())
        .stream()
            .map(name -> principal(name, keys.getConfig(ConfigUtil.quoteString(name))))
            .toList();
  }

  private static Config file(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("`access.keys-file` must name a file. Given: " + file);
    }
    try {
      return ConfigFactory.parseFile(file.toFile()).resolve();
    } catch (ConfigException e) {
      // Its message may quote the line, and the line may hold a key.
      int line = e.origin() == null ? 0 : e.origin().lineNumber();
      throw new IllegalArgumentException(
          "`access.keys-file` must be NAME { key = ... } and so on. Wrong near line " + line);
    }
  }

  private static PrincipalSettings principal(String name, Config given) {
    TreeSet<String> unknown = new TreeSet<>(given.root().keySet());
    unknown.removeAll(FIELDS);
    if (!unknown.isEmpty()) {
      throw wrong(name, "has fields " + new TreeSet<>(FIELDS) + ". Given: " + unknown);
    }
    Config c = given.withFallback(DEFAULTS);
    return new PrincipalSettings(
        name,
        key(name, c),
        role(name, c.getString("role")),
        c.getStringList("adapters"),
        c.getDouble("weight"),
        c.getInt("requests-per-minute"),
        c.getInt("concurrent-max"));
  }

  private static KeyHash key(String name, Config c) {
    if (c.hasPath(KEY) == c.hasPath(HASH)) {
      throw wrong(name, "must have either `key` or `key-sha256`");
    }
    if (c.hasPath(HASH)) {
      try {
        return KeyHash.ofHex(c.getString(HASH));
      } catch (IllegalArgumentException e) {
        throw wrong(name + ".key-sha256", String.valueOf(e.getMessage()));
      }
    }
    String key = c.getString(KEY);
    // Headers carry visible ASCII only.
    if (key.isEmpty() || !key.chars().allMatch(ch -> ch > ' ' && ch < 0x7f)) {
      throw wrong(name + ".key", "must be visible ASCII characters, at least one");
    }
    return KeyHash.of(key);
  }

  private static PrincipalSettings.Role role(String name, String given) {
    return switch (given.toLowerCase(Locale.ROOT)) {
      case "user" -> PrincipalSettings.Role.USER;
      case "admin" -> PrincipalSettings.Role.ADMIN;
      default -> throw wrong(name + ".role", "must be user or admin. Given: " + given);
    };
  }

  private static IllegalArgumentException wrong(String where, String what) {
    return new IllegalArgumentException("`access.keys." + where + "` " + what);
  }
}
