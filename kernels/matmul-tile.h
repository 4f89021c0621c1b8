// Sums over columns: out[row][column] (+)= Σ left[row][depth] · right[depth][column], `left` being read row by row.
#ifndef TATAMI_MATMUL_TILE_H
#define TATAMI_MATMUL_TILE_H

#include "tile.h"

typedef struct {
  const float *left;
  ptrdiff_t leftStride;
  const float *right;
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
