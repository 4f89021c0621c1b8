// Squares of 4 × 4 floats, whatever the width of a vector: transposing works in these.
#ifndef TATAMI_QUAD_H
#define TATAMI_QUAD_H

#include <stddef.h>

#include "vector.h"

ALWAYS_INLINE void transpose_quads(quad *rows) {
  const quad low01 = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5);
  const quad low23 = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
  const quad high01 = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
  const quad high23 = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
  rows[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
  rows[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
  rows[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
  rows[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

/** to[column · toStride + row] = from[row · fromStride + column] for 4 × 4 floats */
ALWAYS_INLINE void transpose_square(float *to, ptrdiff_t toStride, const float *from, ptrdiff_t fromStride) {
  quad square[4];
  for (int i = 0; i < 4; i++) square[i] = load_quad(from + i * fromStride);
  transpose_quads(square);
  for (int i = 0; i < 4; i++) store_quad(to + i * toStride, square[i]);
}

#endif
