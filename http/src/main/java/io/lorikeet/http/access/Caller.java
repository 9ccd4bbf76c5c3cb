package io.lorikeet.http.access;

import io.lorikeet.config.PrincipalSettings;
import io.lorikeet.config.PrincipalSettings.Role;
import java.util.Optional;

/**
 * Who asks.
 *
 * @param principal their name; {@link #ANONYMOUS} where no keys are configured
 * @param settings what their key allows; empty: everything
 */
public record Caller(String principal, Optional<PrincipalSettings> settings) {
  /** Everybody, as long as no keys are configured. */
  public static final Caller ANONYMOUS = new Caller("anonymous", Optional.empty());

  static Caller of(PrincipalSettings settings) {
    return new Caller(settings.name(), Optional.of(settings));
  }

  /** Whether they may use an adapter of this name, be there one or not. */
  public boolean mayUse(String adapter) {
    return settings.isEmpty() || settings.get().mayUse(adapter);
  }

  /** Whether they may load and unload adapters and see what concerns everybody. */
  public boolean isAdmin() {
    return settings.isEmpty() || settings.get().role() == Role.ADMIN;
  }
}
