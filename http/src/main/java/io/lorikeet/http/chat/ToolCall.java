package io.lorikeet.http.chat;

/**
 * A complete call of a function.
 *
 * @param id new in every answer
 * @param arguments JSON as the model wrote it; an object unless the model failed at that
 */
public record ToolCall(String id, String name, String arguments) {}
