// Sums over columns: out[row][column] (+)= Σ left[row][depth] · right[depth][column], `left` being read row by row.
#ifndef TATAMI_MATMUL_TILE_H
#define TATAMI_MATMUL_TILE_H

#include "tile.h"

/**
 * 1 where every left operand is read row by row and every right one from panels: WebAssembly and narrow vectors are faster
 * with constant steps than without copies.
 */
enum { PACKED_ALWAYS = LANES == 4 };

typedef struct {
  const float *left;
  ptrdiff_t leftStride;
  const float *right;
  /** if PACKED_ALWAYS, whole vectors for the columns of each panel */
  ptrdiff_t rightStep;
  int32_t depth;
  int32_t rows;
  int32_t columns;
  float *out;
  ptrdiff_t outStride;
  int32_t accumulate;
} row_tiles;

void sum_over_columns(const row_tiles *tiles);

#endif
