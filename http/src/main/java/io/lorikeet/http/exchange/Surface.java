package io.lorikeet.http.exchange;

import io.lorikeet.actors.Engine;
import io.lorikeet.config.Settings;

/**
 * What every endpoint answers from.
 *
 * @param fingerprint build and kernels, for {@code system_fingerprint}
 */
public record Surface(
    Engine engine, Settings settings, Ambient ambient, Body.Reader bodies, String fingerprint) {}
