package io.lorikeet.actors;

/**
 * An adapter to be loaded.
 *
 * @param principal who wants it
 * @param path of its folder
 * @param replace whether other content may take the place of the name's
 */
public record AdapterOrder(String principal, String name, String path, boolean replace) {}
