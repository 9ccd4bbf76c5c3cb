/* The exact kernels for AVX-512. */
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")
#include "exact.h"
#include "kernels.h"
#include "avx512.h"
#include "face.h"
