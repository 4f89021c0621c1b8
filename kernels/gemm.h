// What matmul and convolution share: register tiles of products, the panels they read, the tiles they end in.
// A tile is up to TILE_ROWS rows × PANEL_COLUMNS columns of sums. Its right operand is a panel, [depth][columns] with the
// columns filled up to whole vectors; its left operand is read number by number from wherever it lies.
#ifndef TATAMI_GEMM_H
#define TATAMI_GEMM_H

#include <stddef.h>
#include <stdint.h>

#include "integer.h"
#include "vector.h"

// Four rows of two vectors keep 8 sums, 2 columns, 1 number and 1 product in the 15 registers V8 has to give.
enum { TILE_ROWS = 4, TILE_VECTORS = 2, PANEL_COLUMNS = TILE_VECTORS * LANES };

/** floats that the panels of one block may fill: half of a 1 MiB second-level cache */
enum { PANEL_CAPACITY = 128 * 1024 };

extern PER_THREAD float gemm_panels[PANEL_CAPACITY];

/** A run of tiles of one size: in each, out[row][column] = start[row][column] + Σ left · panel. */
typedef struct {
  const float *left;
  const float *panel;
  int32_t depth;
  const float *start;
  ptrdiff_t startStride;
  float *out;
  ptrdiff_t outStride;
  /** 1..TILE_ROWS */
  int32_t rows;
  /** 1..TILE_VECTORS: whole vectors of columns are read and written */
  int32_t vectors;
  int32_t count;
  /** what the next tile adds to the pointers */
  ptrdiff_t leftStep;
  ptrdiff_t panelStep;
  ptrdiff_t startStep;
  ptrdiff_t outStep;
} gemm_tiles;

/**
 * Row i of the left operand lies at left[offsets[i]]: `segments` runs of `depth` numbers, the next one starting `jump`
 * after the end of the last. The panel has segments · depth rows.
 */
void gemm_tiles_of_rows(const gemm_tiles *tiles, const ptrdiff_t *offsets, int32_t segments, ptrdiff_t jump);

/** Column k of the left operand lies at left[offsets[k]..), the rows next to each other. */
void gemm_tiles_of_columns(const gemm_tiles *tiles, const ptrdiff_t *offsets);

/** vectors of a panel that holds this many columns */
static inline int32_t gemm_panel_vectors(int32_t columns) { return columns > LANES ? TILE_VECTORS : 1; }

/**
 * The panels of b[0..depth)[0..columns), panel i from i · depth · PANEL_COLUMNS on. Element (k, n) of b lies at
 * k · depthStride + n · columnStride; one of the strides must be 1.
 */
void gemm_pack(
    float *panels, const float *b, int32_t depth, int32_t columns, ptrdiff_t depthStride, ptrdiff_t columnStride);

#endif
