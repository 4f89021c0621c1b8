// The register tiles: where all time of matmul and convolution goes.
//
// Written for what V8 makes of it. Each size is a function of its own, or sums are spilled. A loop is left after any step
// instead of running a multiple of steps: each step is then a block of its own, and V8 does not pull the loads of all
// steps together, for which it has no registers.
#include "gemm.h"

typedef vector tile_sums[TILE_ROWS][TILE_VECTORS];

ALWAYS_INLINE void clear(tile_sums sums) {
  for (int i = 0; i < TILE_ROWS; i++) {
    for (int v = 0; v < TILE_VECTORS; v++) sums[i][v] = (vector){0};
  }
}

ALWAYS_INLINE void finish(const int rows, const int vectors, const gemm_tiles *tiles, int32_t number, tile_sums sums) {
  const float *start = tiles->start + number * tiles->startStep;
  float *out = tiles->out + number * tiles->outStep;
  for (int i = 0; i < rows; i++) {
    for (int v = 0; v < vectors; v++) store(out + v * LANES, sums[i][v] + load(start + v * LANES));
    start += tiles->startStride;
    out += tiles->outStride;
  }
}

/** one step of a loop over `depth`; left_number(step) is the number of row i of the left operand */
#define STEP(number, left_number)                                                                     \
  {                                                                                                   \
    vector columns[TILE_VECTORS];                                                                     \
    for (int v = 0; v < vectors; v++) columns[v] = load(panel + ((number) * vectors + v) * LANES);    \
    for (int i = 0; i < rows; i++) {                                                                  \
      const vector factor = splat(left_number(number));                                               \
      for (int v = 0; v < vectors; v++) sums[i][v] += factor * columns[v];                            \
    }                                                                                                 \
  }                                                                                                   \
  if (depth == (number) + 1) break;

enum { STEPS = 8 };

#define EIGHT_STEPS(left_number) \
  STEP(0, left_number)           \
  STEP(1, left_number)           \
  STEP(2, left_number)           \
  STEP(3, left_number)           \
  STEP(4, left_number)           \
  STEP(5, left_number)           \
  STEP(6, left_number)           \
  STEP(7, left_number)

ALWAYS_INLINE void tile_of_rows(
    const int rows,
    const int vectors,
    const gemm_tiles *tiles,
    int32_t number,
    const ptrdiff_t *offsets,
    int32_t segments,
    ptrdiff_t jump) {
  tile_sums sums;
  clear(sums);
  const float *panel = tiles->panel + number * tiles->panelStep;
  const float *row[TILE_ROWS];
  for (int i = 0; i < rows; i++) row[i] = tiles->left + number * tiles->leftStep + offsets[i];
  for (; segments > 0 && tiles->depth > 0; segments--) {
    int32_t depth = tiles->depth;
    for (;; depth -= STEPS) {
      OPAQUE(panel);
      for (int i = 0; i < rows; i++) OPAQUE(row[i]);
#define ROW_NUMBER(step) row[i][step]
      EIGHT_STEPS(ROW_NUMBER)
      panel += STEPS * vectors * LANES;
      for (int i = 0; i < rows; i++) row[i] += STEPS;
    }
    panel += depth * vectors * LANES;
    for (int i = 0; i < rows; i++) row[i] += depth + jump;
  }
  finish(rows, vectors, tiles, number, sums);
}

ALWAYS_INLINE void tile_of_columns(
    const int rows, const int vectors, const gemm_tiles *tiles, int32_t number, const ptrdiff_t *offsets) {
  tile_sums sums;
  clear(sums);
  const float *panel = tiles->panel + number * tiles->panelStep;
  const float *left = tiles->left + number * tiles->leftStep;
  if (tiles->depth > 0) {
    for (int32_t depth = tiles->depth;; depth -= STEPS) {
      OPAQUE(panel);
      OPAQUE(offsets);
#define COLUMN_NUMBER(step) (left + offsets[step])[i]
      EIGHT_STEPS(COLUMN_NUMBER)
      panel += STEPS * vectors * LANES;
      offsets += STEPS;
    }
  }
  finish(rows, vectors, tiles, number, sums);
}

#define TILE(rows, vectors)                                                                                      \
  static __attribute__((noinline)) void of_rows_##rows##x##vectors(                                              \
      const gemm_tiles *tiles, const ptrdiff_t *offsets, int32_t segments, ptrdiff_t jump) {                     \
    for (int32_t number = 0; number < tiles->count; number++) {                                                  \
      tile_of_rows(rows, vectors, tiles, number, offsets, segments, jump);                                       \
    }                                                                                                            \
  }                                                                                                              \
  static __attribute__((noinline)) void of_columns_##rows##x##vectors(                                           \
      const gemm_tiles *tiles, const ptrdiff_t *offsets) {                                                         \
    for (int32_t number = 0; number < tiles->count; number++) {                                                  \
      tile_of_columns(rows, vectors, tiles, number, offsets);                                                    \
    }                                                                                                            \
  }

TILE(1, 1)
TILE(2, 1)
TILE(3, 1)
TILE(4, 1)
TILE(1, 2)
TILE(2, 2)
TILE(3, 2)
TILE(4, 2)

#define CALL(kind, ...)                                       \
  switch (tiles->rows + TILE_ROWS * (tiles->vectors - 1)) {   \
    case 1: kind##_1x1(tiles, __VA_ARGS__); break;            \
    case 2: kind##_2x1(tiles, __VA_ARGS__); break;            \
    case 3: kind##_3x1(tiles, __VA_ARGS__); break;            \
    case 4: kind##_4x1(tiles, __VA_ARGS__); break;            \
    case 5: kind##_1x2(tiles, __VA_ARGS__); break;            \
    case 6: kind##_2x2(tiles, __VA_ARGS__); break;            \
    case 7: kind##_3x2(tiles, __VA_ARGS__); break;            \
    case 8: kind##_4x2(tiles, __VA_ARGS__); break;            \
  }

void gemm_tiles_of_rows(const gemm_tiles *tiles, const ptrdiff_t *offsets, int32_t segments, ptrdiff_t jump) {
  CALL(of_rows, offsets, segments, jump)
}

void gemm_tiles_of_columns(const gemm_tiles *tiles, const ptrdiff_t *offsets) { CALL(of_columns, offsets) }
