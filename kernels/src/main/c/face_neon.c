/* The exact kernels for NEON. */
#include "exact.h"
#include "kernels.h"
#include "neon.h"
#include "face.h"
