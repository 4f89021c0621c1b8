// The multiply-add rate of one core, measured in registers alone: what the benchmarks hold the other kernels against.
#include <stdint.h>

#include "vector.h"

enum { CHAINS = 12 };

/** iterations × 12 vectors of independent multiply-adds, 2 · 12 · LANES FLOP an iteration; the sum keeps them alive */
float tatami_peak(int32_t iterations) {
  vector sums[CHAINS];
  vector factor = splat(0.999f), term = splat(0.001f);
  for (int i = 0; i < CHAINS; i++) sums[i] = splat((float)i);
  for (int32_t iteration = 0; iteration < iterations; iteration++) {
    for (int i = 0; i < CHAINS; i++) sums[i] = sums[i] * factor + term;
  }
  vector total = sums[0];
  for (int i = 1; i < CHAINS; i++) total += sums[i];
  return sum_lanes(total);
}
