package io.lorikeet.config;

import java.util.List;
import java.util.Optional;

/**
 * Who may use the server.
 *
 * @param principals everybody who has a key; empty: whoever reaches the server may do everything
 * @param corsOrigins web origins whose pages may call the server, {@code *} for all
 */
public record AccessSettings(List<PrincipalSettings> principals, List<String> corsOrigins) {
  public AccessSettings {
    principals = List.copyOf(principals);
    corsOrigins = List.copyOf(corsOrigins);
    for (int i = 0; i < principals.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (principals.get(i).name().equals(principals.get(j).name())) {
          throw new IllegalArgumentException(
              "names in `access.keys` and `access.keys-file` must differ. Given twice: "
                  + principals.get(i).name());
        }
        if (principals.get(i).key().matches(principals.get(j).key())) {
          throw new IllegalArgumentException(
              "`access.keys` must all differ. Given the same for `%s` and `%s`"
                  .formatted(principals.get(j).name(), principals.get(i).name()));
        }
      }
    }
    for (String origin : corsOrigins) {
      if (!origin.equals("*") && !origin.matches("https?://[^/\\s]+")) {
        throw new IllegalArgumentException(
            "`access.cors-origins` must be `*` or like https://host:port. Given: " + origin);
      }
    }
  }

  /** Whether requests need a key. */
  public boolean isClosed() {
    return !principals.isEmpty();
  }

  public Optional<PrincipalSettings> principal(String name) {
    return principals.stream().filter(principal -> principal.name().equals(name)).findFirst();
  }

  /** Whether an adapter of this name may be used by somebody. */
  public boolean mayUse(String principal, String adapter) {
    return !isClosed() || principal(principal).filter(p -> p.mayUse(adapter)).isPresent();
  }
}
