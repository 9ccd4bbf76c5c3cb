package io.lorikeet.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * All settings of a server, read once at start.
 *
 * @param device where steps run
 * @param acceptFields config.json fields to leave aside although they are not implemented
 * @param toolCalls how calls are found in answers
 * @param chatTemplate file of the chat template to use instead of the model's own
 */
public record Settings(
    ServerSettings server,
    EngineSettings engine,
    Device device,
    ScheduleSettings schedule,
    AdapterSettings adapters,
    RequestSettings requests,
    AccessSettings access,
    SocketSettings socket,
    ResponseSettings responses,
    List<String> acceptFields,
    ToolCallSetting toolCalls,
    Optional<Path> chatTemplate) {
  public Settings {
    acceptFields = List.copyOf(acceptFields);
  }
}
