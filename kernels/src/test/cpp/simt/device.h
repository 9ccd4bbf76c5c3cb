// CUDA C++ for g++: keywords, built-in variables, and the functions that kernels call.
#pragma once
#include "async_copy.h"
#include "atomics.h"
#include "barriers.h"
#include "block.h"
#include "memory.h"
#include "table.h"
#include "tensor_cores.h"
#include "tma.h"
#include "vectors.h"
#include "warp.h"
#include "wgmma.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __grid_constant__
#define __restrict__ __restrict

#define threadIdx (simt::self().index)
#define blockIdx (simt::block().index)
#define blockDim (simt::block().shape())
#define gridDim (simt::block().grid())
