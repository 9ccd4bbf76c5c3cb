// The proof kernels of one module, as a driver loads them.
#include "axpy.cu"
#include "gemv.cu"

KERNELS_BEGIN
KERNEL(axpy, 1024)
KERNEL(gemv, GEMV_THREADS)
KERNEL(gemv_out_of_bounds, GEMV_THREADS)
KERNELS_END
