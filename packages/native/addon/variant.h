// One build of all kernels for one instruction set. The addon holds several and chooses when it is loaded.
#ifndef TATAMI_VARIANT_H
#define TATAMI_VARIANT_H

#include <stdint.h>

#include "../../../kernels/run.h"

typedef struct {
  const char *name;
  int32_t lanes;
  int32_t (*run)(const tatami_program *program, int32_t threads);
  float (*peak)(int32_t iterations);
} tatami_variant;

/** the variants this processor and its system can run, the fastest first; ends with a null */
const tatami_variant *const *tatami_variants(void);

#endif
