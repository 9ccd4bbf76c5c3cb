package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.gpu.adapter.AdapterMemory;
import io.lorikeet.gpu.adapter.JoinBlock;

/**
 * A model on the device and all memory that its steps work in, at addresses that never change.
 *
 * @param h room for A x of every join
 * @param scaled room for the inputs of one linear layer
 * @param split room for attention in parts
 * @param fused room for the linear layers of few rows
 * @param lastTokens address of the tokens that seats drew last, {@code [seats]}
 * @param slopes address of the slopes of linear biases; 0 for none
 */
record DeviceModel(
    DecoderSpec spec,
    DeviceWeights weights,
    Workspace at,
    KvPages pages,
    StepBlock block,
    JoinBlock joins,
    AdapterMemory adapters,
    Panel h,
    Panel scaled,
    SplitAttention.Scratch split,
    FusedKernels.Scratch fused,
    long lastTokens,
    long slopes) {}
