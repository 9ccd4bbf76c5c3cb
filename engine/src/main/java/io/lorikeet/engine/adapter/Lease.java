package io.lorikeet.engine.adapter;

/**
 * A right to use one generation until it is released. It keeps the generation known, so that its
 * image can be loaded again; it holds no bytes.
 *
 * @param id unique within a {@link HostTier}
 * @param name under which the generation was found
 * @param composes {@link AdapterImage#composes}; false too while no image was made yet
 */
public record Lease(long id, String name, GenerationId generation, boolean composes) {}
