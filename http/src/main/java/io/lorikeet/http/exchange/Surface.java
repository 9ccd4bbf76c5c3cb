package io.lorikeet.http.exchange;

import io.lorikeet.actors.Engine;
import io.lorikeet.config.Settings;
import io.lorikeet.engine.model.SamplingDefaults;

/**
 * What every endpoint answers from.
 *
 * @param sampling how tokens are drawn where an OpenAI request does not say
 * @param fingerprint build and kernels, for {@code system_fingerprint}
 */
public record Surface(
    Engine engine,
    Settings settings,
    SamplingDefaults sampling,
    Ambient ambient,
    Body.Reader bodies,
    String fingerprint) {}
