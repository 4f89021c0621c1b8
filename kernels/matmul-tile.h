// Sums over columns: out[row][column] (+)= Σ left[row][depth] · right[depth][column], `left` being read row by row.
#ifndef TATAMI_MATMUL_TILE_H
#define TATAMI_MATMUL_TILE_H

#include "tile.h"

/**
 * 1 where every left operand is read row by row and every right one from panels: WebAssembly and narrow vectors are faster
 * with constant steps than without copies.
 */
enum { PACKED_ALWAYS = LANES == 4 };

/** Memory that is wanted next, a matrix, fetched piece by piece while sums are made. */
typedef struct {
  const float *numbers;
  /** pieces of PIECE floats: still to come, of this row, of every row */
  int32_t pieces;
  int32_t left;
  int32_t perRow;
  /** floats from the end of a row's pieces to the next row */
  ptrdiff_t jump;
} fetched_matrix;

/** two lines of a cache */
enum { PIECE = 32 };

ALWAYS_INLINE void fetch_piece(fetched_matrix *next) {
  if (next->pieces <= 0) return;
  next->pieces--;
  __builtin_prefetch(next->numbers, 0, 2);
  __builtin_prefetch(next->numbers + PIECE / 2, 0, 2);
  next->numbers += PIECE;
  if (--next->left > 0) return;
  next->left = next->perRow;
  next->numbers += next->jump;
}

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
  fetched_matrix *next;
} row_tiles;

void sum_over_columns(const row_tiles *tiles);

#endif
