// The proof kernels of one module, as a driver loads them.
#include "axpy.cu"
#include "gemv.cu"
#include "mma_tile.cu"
#include "wgmma_tile.cu"

KERNELS_BEGIN
KERNEL(axpy, 1024)
KERNEL(gemv, GEMV_THREADS)
KERNEL(gemv_out_of_bounds, GEMV_THREADS)
KERNEL(mma_tile_bf16, MMA_THREADS)
KERNEL(mma_tile_fp16, MMA_THREADS)
KERNEL(wgmma_tile_bf16, WGMMA_THREADS)
KERNEL(wgmma_tile_fp16, WGMMA_THREADS)
KERNELS_END
