package io.lorikeet.config;

import java.util.List;

/**
 * All settings of a server, read once at start.
 *
 * @param acceptFields config.json fields to leave aside although they are not implemented
 */
public record Settings(
    ServerSettings server,
    EngineSettings engine,
    ScheduleSettings schedule,
    AdapterSettings adapters,
    RequestSettings requests,
    AccessSettings access,
    List<String> acceptFields) {
  public Settings {
    acceptFields = List.copyOf(acceptFields);
  }
}
