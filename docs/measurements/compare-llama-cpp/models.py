#!/usr/bin/env python3
"""Writes one made-up model of TinyLlama-1.1B's shape for both engines: OUT/hf (safetensors, BF16), OUT/f16.gguf, and eight rank-16 adapters on
all seven projections for each. The values are the same up to the rounding of the two types. Needs numpy.

Formats: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, https://github.com/huggingface/safetensors#format
"""
import json
import pathlib
import struct
import sys

import numpy as np

LAYERS, HIDDEN, HEADS, KV_HEADS, INTERMEDIATE, VOCAB, CONTEXT = 22, 2048, 32, 4, 5632, 32000, 2048
HEAD = HIDDEN // HEADS
ADAPTERS, RANK, ALPHA = 8, 16, 32
U32, F32, STRING, ARRAY = 4, 6, 8, 9  # types of GGUF values
GGML_F32, GGML_F16 = 0, 1

# our name, llama.cpp's name, outputs, inputs
PROJECTIONS = [
    ("self_attn.q_proj", "attn_q", HIDDEN, HIDDEN),
    ("self_attn.k_proj", "attn_k", KV_HEADS * HEAD, HIDDEN),
    ("self_attn.v_proj", "attn_v", KV_HEADS * HEAD, HIDDEN),
    ("self_attn.o_proj", "attn_output", HIDDEN, HIDDEN),
    ("mlp.gate_proj", "ffn_gate", INTERMEDIATE, HIDDEN),
    ("mlp.up_proj", "ffn_up", INTERMEDIATE, HIDDEN),
    ("mlp.down_proj", "ffn_down", HIDDEN, INTERMEDIATE),
]


def model_tensors():
    """Yields (name here, name there, shape); the order is that of both files."""
    yield "model.embed_tokens.weight", "token_embd.weight", (VOCAB, HIDDEN)
    for layer in range(LAYERS):
        yield f"model.layers.{layer}.input_layernorm.weight", f"blk.{layer}.attn_norm.weight", (HIDDEN,)
        yield f"model.layers.{layer}.post_attention_layernorm.weight", f"blk.{layer}.ffn_norm.weight", (HIDDEN,)
        for ours, theirs, outputs, inputs in PROJECTIONS:
            yield f"model.layers.{layer}.{ours}.weight", f"blk.{layer}.{theirs}.weight", (outputs, inputs)
    yield "model.norm.weight", "output_norm.weight", (HIDDEN,)
    yield "lm_head.weight", "output.weight", (VOCAB, HIDDEN)


def adapter_tensors():
    for layer in range(LAYERS):
        for ours, theirs, outputs, inputs in PROJECTIONS:
            name = f"base_model.model.model.layers.{layer}.{ours}"
            yield f"{name}.lora_A.weight", f"blk.{layer}.{theirs}.weight.lora_a", (RANK, inputs)
            yield f"{name}.lora_B.weight", f"blk.{layer}.{theirs}.weight.lora_b", (outputs, RANK)


def values(random, shape):
    """Normal weights whose low 16 bits are zero, so that BF16 holds them exactly and F16 nearly always does; norms are ones."""
    if len(shape) == 1:
        return np.ones(shape, np.float32)
    drawn = random.standard_normal(shape, dtype=np.float32) * np.float32(0.02)
    return (drawn.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)


def write_safetensors(path, seed, tensors):
    header, offset = {}, 0
    for name, _, shape in tensors:
        size = 2 * int(np.prod(shape))
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    random = np.random.default_rng(seed)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for _, _, shape in tensors:
            out.write((values(random, shape).view(np.uint32) >> 16).astype(np.uint16).tobytes())


def gguf_string(text):
    data = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(data)) + data


def gguf_value(value):
    if isinstance(value, str):
        return struct.pack("<I", STRING) + gguf_string(value)
    if isinstance(value, float):
        return struct.pack("<If", F32, value)
    if isinstance(value, int):
        return struct.pack("<II", U32, value)
    kind, items = value
    body = b"".join(gguf_string(i) for i in items) if kind == STRING else np.array(items, {U32: "<i4", F32: "<f4"}[kind]).tobytes()
    element = 5 if kind == U32 else kind  # token types are signed
    return struct.pack("<IIQ", ARRAY, element, len(items)) + body


def write_gguf(path, seed, tensors, fields):
    random = np.random.default_rng(seed)
    with open(path, "wb") as out:
        out.write(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(fields)))
        for name, value in fields.items():
            out.write(gguf_string(name) + gguf_value(value))
        offset = 0
        for _, name, shape in tensors:
            kind = GGML_F32 if len(shape) == 1 else GGML_F16
            out.write(gguf_string(name) + struct.pack("<I", len(shape)))
            out.write(b"".join(struct.pack("<Q", n) for n in reversed(shape)) + struct.pack("<IQ", kind, offset))
            size = int(np.prod(shape)) * (4 if kind == GGML_F32 else 2)
            offset += size + -size % 32
        out.write(b"\0" * (-out.tell() % 32))
        for _, _, shape in tensors:
            data = values(random, shape)
            data = data.tobytes() if len(shape) == 1 else data.astype(np.float16).tobytes()
            out.write(data + b"\0" * (-len(data) % 32))


def gguf_model_fields():
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)] + [f"\u2581w{i}" for i in range(VOCAB - 259)]
    return {
        "general.architecture": "llama", "general.name": "made-up", "general.file_type": 1,
        "llama.context_length": CONTEXT, "llama.embedding_length": HIDDEN, "llama.block_count": LAYERS,
        "llama.feed_forward_length": INTERMEDIATE, "llama.attention.head_count": HEADS, "llama.attention.head_count_kv": KV_HEADS,
        "llama.attention.layer_norm_rms_epsilon": 1e-5, "llama.rope.freq_base": 10000.0, "llama.rope.dimension_count": HEAD,
        "llama.vocab_size": VOCAB, "tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens": (STRING, tokens),
        "tokenizer.ggml.scores": (F32, [0.0] * VOCAB), "tokenizer.ggml.token_type": (U32, [2, 3, 3] + [6] * 256 + [1] * (VOCAB - 259)),
        "tokenizer.ggml.bos_token_id": 1, "tokenizer.ggml.eos_token_id": 2, "tokenizer.ggml.unknown_token_id": 0,
    }


def write_hf_files(folder):
    (folder / "config.json").write_text(json.dumps({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "dtype": "bfloat16", "hidden_size": HIDDEN, "head_dim": HEAD,
        "intermediate_size": INTERMEDIATE, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS,
        "vocab_size": VOCAB, "max_position_embeddings": CONTEXT, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu",
        "tie_word_embeddings": False, "attention_bias": False, "mlp_bias": False, "bos_token_id": 1, "eos_token_id": 2}))
    vocabulary = {"<unk>": 0, "<s>": 1, "</s>": 2} | {f"\u0120w{i}": i + 3 for i in range(VOCAB - 3)}
    special = [{"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
               for i, t in enumerate(("<unk>", "<s>", "</s>"))]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    (folder / "tokenizer.json").write_text(json.dumps({
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special, "normalizer": None,
        "pre_tokenizer": byte_level, "post_processor": None, "decoder": byte_level,
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": False, "byte_fallback": False, "ignore_merges": False, "vocab": vocabulary, "merges": []}}))


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: models.py OUT")
    out = pathlib.Path(sys.argv[1])
    hf = out / "hf"
    hf.mkdir(parents=True)
    tensors = list(model_tensors())
    write_hf_files(hf)
    write_safetensors(hf / "model.safetensors", 0, tensors)
    write_gguf(out / "f16.gguf", 0, tensors, gguf_model_fields())
    for n in range(ADAPTERS):
        folder = out / "adapters" / f"lora{n}"
        folder.mkdir(parents=True)
        tensors = list(adapter_tensors())
        (folder / "adapter_config.json").write_text(json.dumps({
            "peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA, "lora_dropout": 0.0, "bias": "none", "task_type": "CAUSAL_LM",
            "base_model_name_or_path": "made-up", "target_modules": [name.split(".")[1] for name, *_ in PROJECTIONS]}))
        write_safetensors(folder / "adapter_model.safetensors", 100 + n, tensors)
        write_gguf(out / f"lora{n}.gguf", 100 + n, tensors, {
            "general.architecture": "llama", "general.type": "adapter", "adapter.type": "lora", "adapter.lora.alpha": float(ALPHA)})


main()
