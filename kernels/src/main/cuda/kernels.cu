// All kernels of the product, as one module.
#include "adapters.cu"
#include "attention.cu"
#include "elementwise.cu"
#include "experts.cu"
#include "kv_write.cu"
#include "linear.cu"
#include "norms.cu"
#include "rope.cu"

KERNELS_BEGIN
KERNEL(embed_f32, ELEMENT_THREADS)
KERNEL(embed_bf16, ELEMENT_THREADS)
KERNEL(embed_fp16, ELEMENT_THREADS)
KERNEL(gated_silu, ELEMENT_THREADS)
KERNEL(gated_gelu, ELEMENT_THREADS)
KERNEL(gated_gelu_tanh, ELEMENT_THREADS)
KERNEL(add, ELEMENT_THREADS)
KERNEL(add_scaled, ELEMENT_THREADS)
KERNEL(add_bias, ELEMENT_THREADS)
KERNEL(scale, ELEMENT_THREADS)
KERNEL(soft_cap, ELEMENT_THREADS)
KERNEL(clip, ELEMENT_THREADS)
KERNEL(rope, ROPE_THREADS)
KERNEL(linear_f32, LINEAR_THREADS)
KERNEL(linear_bf16, LINEAR_THREADS)
KERNEL(linear_fp16, LINEAR_THREADS)
KERNEL(rms_norm, NORM_THREADS)
KERNEL(layer_norm, NORM_THREADS)
KERNEL(head_rms_norm, NORM_THREADS)
KERNEL(head_layer_norm, NORM_THREADS)
KERNEL(kv_write_f32, KV_WRITE_THREADS)
KERNEL(kv_write_bf16, KV_WRITE_THREADS)
KERNEL(kv_write_fp16, KV_WRITE_THREADS)
KERNEL(attention_f32, ATTENTION_THREADS)
KERNEL(attention_bf16, ATTENTION_THREADS)
KERNEL(attention_fp16, ATTENTION_THREADS)
KERNEL(adapter_shrink, ADAPTER_THREADS)
KERNEL(adapter_finish, ADAPTER_THREADS)
KERNEL(adapter_scale_inputs, ADAPTER_THREADS)
KERNEL(adapter_replace_outputs, ADAPTER_THREADS)
KERNEL(adapter_embed, ADAPTER_THREADS)
KERNEL(route, ROUTE_THREADS)
KERNEL(expert_linear_f32, EXPERT_THREADS)
KERNEL(expert_linear_bf16, EXPERT_THREADS)
KERNEL(expert_linear_fp16, EXPERT_THREADS)
KERNEL(join_experts, EXPERT_THREADS)
KERNELS_END
