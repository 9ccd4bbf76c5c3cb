package io.lorikeet.engine.model;

import java.util.List;

/**
 * A model folder that was read and checked.
 *
 * @param name the folder's name
 * @param fingerprint SHA-256 in hex over config and tensor headers; part of cache keys and numerics
 * @param eosTokenIds ids that end an answer: generation_config.json, else config.json
 * @param files that hold the weights, as they were before these were read
 */
public record LoadedModel(
    String name,
    String fingerprint,
    DecoderSpec spec,
    ModelWeights weights,
    List<Integer> eosTokenIds,
    WeightFiles files) {}
