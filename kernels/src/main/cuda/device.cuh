// What every kernel includes: CUDA C++ plus the functions of namespace `device` and the macros for shared memory and
// tables of kernels. nvcc takes them from ptx/, where all inline PTX of the project is; g++ takes the same names from the
// emulator. A kernel has no other way to the chip, so each one runs on both.
#pragma once
#ifdef __CUDACC__
#include "ptx/async_copy.cuh"
#include "ptx/atomics.cuh"
#include "ptx/barriers.cuh"
#include "ptx/memory.cuh"
#include "ptx/tensor_cores.cuh"
#include "ptx/tma.cuh"
#include "ptx/types.cuh"
#include "ptx/wgmma.cuh"
#else
#include "simt/device.h"
#endif
#include "sums.cuh"
#include "tiles.cuh"
