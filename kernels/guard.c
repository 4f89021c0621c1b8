// The guard: stops a program before a NaN or an infinity reaches the parameters.
#include "generated/kernel-table.h"
#include "vector.h"

/** the bits of the exponent, all ones in an infinity and in every NaN */
#define EXPONENT_BITS 0x7f800000

int32_t tatami_guard(const guard_arguments *arguments) {
  const float *x = arguments->x;
  int32_t count = arguments->count;
  integers bad = {0};
  int32_t i = 0;
  for (; i + LANES <= count; i += LANES) bad |= ((integers)load(x + i) & EXPONENT_BITS) == EXPONENT_BITS;
  for (; i < count; i++) bad[0] |= !__builtin_isfinite(x[i]);
  int32_t any = 0;
  UNROLLED for (int lane = 0; lane < LANES; lane++) any |= bad[lane];
  return any ? arguments->number : -1;
}
