package io.lorikeet.engine.text.template;

/**
 * A rendered conversation.
 *
 * @param origin which parts of the text came with the request: those cannot speak for the template
 */
public record ChatText(String text, Origin origin) {}
