package io.lorikeet.http.openai;

import io.lorikeet.actors.Generation;

/** A request of either route, read and checked. */
record OpenAiRequest(Generation generation, ReplyForm form) {}
