// Transposing LANES × LANES floats in registers.
#ifndef TATAMI_MATMUL_TRANSPOSE_H
#define TATAMI_MATMUL_TRANSPOSE_H

#include "vector.h"

// Squares of four come first, which stay within quarters of 128 bits, then the quarters. These name lanes of two vectors, the
// second one's numbered from LANES on.
#define QUARTER(lane) ((lane) & ~3)
#define LOW_OF_EACH(lane) (QUARTER(lane) + ((lane) & 3) / 2 + (lane) % 2 * LANES)
#define HIGH_OF_EACH(lane) (LOW_OF_EACH(lane) + 2)
#define LOW_HALVES(lane) (QUARTER(lane) + (lane) % 2 + ((lane) & 2) / 2 * LANES)
#define HIGH_HALVES(lane) (LOW_HALVES(lane) + 2)
#define FIRST_OF(lane, size) ((lane) & (size) ? LANES + (lane) - (size) : (lane))
#define SECOND_OF(lane, size) ((lane) & (size) ? LANES + (lane) : (lane) + (size))
#define FIRST_QUARTERS(lane) FIRST_OF(lane, 4)
#define SECOND_QUARTERS(lane) SECOND_OF(lane, 4)
#define FIRST_PAIRS(lane) FIRST_OF(lane, 8)
#define SECOND_PAIRS(lane) SECOND_OF(lane, 8)
#define CHOOSE(a, b, lanes) __builtin_shufflevector(a, b, EACH_LANE(lanes))

#define EXCHANGE(a, b, first, second)                \
  {                                                  \
    const vector kept = CHOOSE(a, b, first);         \
    b = CHOOSE(a, b, second);                        \
    a = kept;                                        \
  }

ALWAYS_INLINE void transpose_vectors(vector rows[LANES]) {
  UNROLLED for (int i = 0; i < LANES; i += 4) {
    const vector low01 = CHOOSE(rows[i], rows[i + 1], LOW_OF_EACH), low23 = CHOOSE(rows[i + 2], rows[i + 3], LOW_OF_EACH);
    const vector high01 = CHOOSE(rows[i], rows[i + 1], HIGH_OF_EACH);
    const vector high23 = CHOOSE(rows[i + 2], rows[i + 3], HIGH_OF_EACH);
    rows[i] = CHOOSE(low01, low23, LOW_HALVES);
    rows[i + 1] = CHOOSE(low01, low23, HIGH_HALVES);
    rows[i + 2] = CHOOSE(high01, high23, LOW_HALVES);
    rows[i + 3] = CHOOSE(high01, high23, HIGH_HALVES);
  }
#if defined(__AVX2__)
  UNROLLED for (int i = 0; i < LANES; i++) {
    if (!(i & 4)) EXCHANGE(rows[i], rows[i + 4], FIRST_QUARTERS, SECOND_QUARTERS)
  }
#endif
#if defined(WIDE_VECTORS)
  UNROLLED for (int i = 0; i < 8; i++) EXCHANGE(rows[i], rows[i + 8], FIRST_PAIRS, SECOND_PAIRS)
#endif
}

#endif
