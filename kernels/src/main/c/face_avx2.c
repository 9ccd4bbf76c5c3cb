/* The exact kernels for AVX2. */
#pragma GCC target("avx2,fma,f16c")
#include "exact.h"
#include "kernels.h"
#include "avx2.h"
#include "face.h"
