package io.lorikeet.http.openai;

import java.util.OptionalInt;

/**
 * What a client wants to see besides the text.
 *
 * @param model the name that it sent
 * @param choices answers to each prompt that it gets
 * @param stream server-sent events instead of one body
 * @param includeUsage one more event with counts at the end of a stream
 * @param tokenIds ids of the prompt and of all drawn tokens
 * @param logprobs log probabilities
 * @param topLogprobs most likely tokens that come with them
 * @param echo the prompt in front of each of its answers
 * @param promptLogprobs most likely tokens that come with each token of the prompt, in vLLM's form
 */
public record ReplyForm(
    String model,
    int choices,
    boolean stream,
    boolean includeUsage,
    boolean tokenIds,
    boolean logprobs,
    int topLogprobs,
    boolean echo,
    OptionalInt promptLogprobs) {}
