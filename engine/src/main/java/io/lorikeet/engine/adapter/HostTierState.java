package io.lorikeet.engine.adapter;

/**
 * Counts of a {@link HostTier}, for metrics and {@code /info}.
 *
 * @param budgetBytes limit of {@code usedBytes + reservedBytes}
 * @param usedBytes of images on the host
 * @param reservedBytes of loads in flight
 * @param names registered adapters
 * @param generations known: named, leased or pinned
 * @param images on the host
 * @param pinned images that some device slot uses
 * @param leases granted and not released
 */
public record HostTierState(
    long budgetBytes,
    long usedBytes,
    long reservedBytes,
    int names,
    int generations,
    int images,
    int pinned,
    int leases) {}
