// Mistakes that the proof kernels can be told to make, to show that the emulator sees them.
#pragma once

enum class Plant { NONE, NO_BARRIER, OUT_OF_BOUNDS, RELAXED_COUNTER, DIVERGENT_SHUFFLE, WEAK_WAIT, EARLY_RELEASE };
