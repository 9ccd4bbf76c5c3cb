// All kernels of the product, as one module.
#include "elementwise.cu"
#include "linear.cu"
#include "norms.cu"

KERNELS_BEGIN
KERNEL(embed_bf16, ELEMENT_THREADS)
KERNEL(embed_fp16, ELEMENT_THREADS)
KERNEL(gated_silu, ELEMENT_THREADS)
KERNEL(gated_gelu, ELEMENT_THREADS)
KERNEL(gated_gelu_tanh, ELEMENT_THREADS)
KERNEL(rope, ELEMENT_THREADS)
KERNEL(linear_bf16, LINEAR_THREADS)
KERNEL(linear_fp16, LINEAR_THREADS)
KERNEL(rms_norm, NORM_THREADS)
KERNEL(layer_norm, NORM_THREADS)
KERNELS_END
