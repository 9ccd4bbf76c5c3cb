/**
 * Chat templates: an interpreter for the Jinja that models ship, with the meaning that
 * transformers' {@code apply_chat_template} gives it. A template is compiled once ({@link
 * io.lorikeet.engine.text.template.ChatTemplate}) and rendered with a budget of steps, text and
 * nesting; what is not known here is refused by name, never rendered in another way. Values follow
 * Python: unbounded integers, strings by code points, undefined beside none. Nothing here reads
 * files, keeps a clock or a thread. May import: error, Jackson.
 */
@NullMarked
package io.lorikeet.engine.text.template;

import org.jspecify.annotations.NullMarked;
