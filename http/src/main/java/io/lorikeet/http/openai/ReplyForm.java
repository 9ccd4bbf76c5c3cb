package io.lorikeet.http.openai;

/**
 * What a client wants to see besides the text.
 *
 * @param model the name that it sent
 * @param choices answers to each prompt that it gets
 * @param stream server-sent events instead of one body
 * @param includeUsage one more event with counts at the end of a stream
 * @param tokenIds ids of the prompt and of all drawn tokens
 * @param logprobs log probabilities
 * @param echo the prompt in front of each of its answers
 */
public record ReplyForm(
    String model,
    int choices,
    boolean stream,
    boolean includeUsage,
    boolean tokenIds,
    boolean logprobs,
    boolean echo) {}
