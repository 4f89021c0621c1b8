// What one build of the kernels shows to the addon; compiled with them, once for each instruction set. All other names of
// a build stay inside it (see build.mjs).
#include "variant.h"

#include "../../../kernels/vector.h"

float tatami_peak(int32_t iterations);

#define PASTE(prefix, name) prefix##name
#define VARIANT(name) PASTE(tatami_variant_, name)
#define QUOTE(name) #name
#define NAME(name) QUOTE(name)

__attribute__((visibility("default"))) const tatami_variant VARIANT(TATAMI_VARIANT) = {
    .name = NAME(TATAMI_VARIANT),
    .lanes = LANES,
    .run = tatami_run,
    .peak = tatami_peak,
};
