// Register tiles of the convolutions: where their time goes. A tile is up to SINGLE_ROWS windows × 1 vector of columns, or
// up to DOUBLE_ROWS × 2. Columns are output channels, or for filter gradients what becomes of them.
#ifndef TATAMI_TILE_H
#define TATAMI_TILE_H

#include <stddef.h>
#include <stdint.h>

#include "integer.h"
#include "vector.h"

// as many sums as there are registers for, beside two vectors of columns and one of a window
#if defined(WIDE_VECTORS) || defined(__aarch64__)
enum { SINGLE_ROWS = 16, DOUBLE_ROWS = 12 };
#define TILE_SIZES(SIZE) TO_12(SIZE, 1) SIZE(13, 1) SIZE(14, 1) SIZE(15, 1) SIZE(16, 1) TO_12(SIZE, 2)
#elif defined(__AVX2__)
enum { SINGLE_ROWS = 8, DOUBLE_ROWS = 6 };
#define TILE_SIZES(SIZE) TO_8(SIZE, 1) TO_4(SIZE, 2) SIZE(5, 2) SIZE(6, 2)
#else
enum { SINGLE_ROWS = 8, DOUBLE_ROWS = 4 };
#define TILE_SIZES(SIZE) TO_8(SIZE, 1) TO_4(SIZE, 2)
#endif

// SIZE(rows, vectors) for every size of a tile
#define TO_4(SIZE, vectors) SIZE(1, vectors) SIZE(2, vectors) SIZE(3, vectors) SIZE(4, vectors)
#define TO_8(SIZE, vectors) TO_4(SIZE, vectors) SIZE(5, vectors) SIZE(6, vectors) SIZE(7, vectors) SIZE(8, vectors)
#define TO_12(SIZE, vectors) \
  TO_8(SIZE, vectors) SIZE(9, vectors) SIZE(10, vectors) SIZE(11, vectors) SIZE(12, vectors)

enum { PANEL_WIDTH = 2 * LANES };

/** vectors of a panel, of `columns` columns and more */
static inline int32_t panel_vectors(int32_t columns) { return columns > LANES ? 2 : 1; }

/** Sums over taps: out[position of window][column] = Σ image[window][tap] · panel[tap][column]. */
typedef struct {
  /** the windows lie `pitch` floats apart: LANES or 1 */
  const float *image;
  int32_t pitch;
  /** where runs of taps next to each other start: runCounts[0] of runLengths[0] taps each, then the others */
  const int32_t *runs;
  int32_t runCounts[2];
  int32_t runLengths[2];
  /** [tap][vectors · LANES], all runs one after the other */
  const float *panel;
  int32_t vectors;
  /** valid ones of the last vector */
  int32_t lastColumns;
  int32_t windows;
  /** vectors · LANES numbers, each sum's first summand */
  const float *start;
  /** every sum's lower bound: 0 for relu */
  float floor;
  /** what `out` holds is added too */
  int32_t accumulate;
  float *out;
  /** of each window, in floats from `out` */
  const int32_t *positions;
} window_tiles;

void sum_over_taps(const window_tiles *tiles);

/** Sums over pixels: out[row][column] (+)= Σ left[pixel][row] · right[pixel][column]. */
typedef struct {
  const float *left;
  ptrdiff_t leftStep;
  const float *right;
  ptrdiff_t rightStep;
  /** pixels of a run; the next run starts `leftRun`, `rightRun` floats after the start of the last */
  int32_t pixels;
  int32_t runs;
  ptrdiff_t leftRun;
  ptrdiff_t rightRun;
  int32_t rows;
  int32_t columns;
  float *out;
  ptrdiff_t outStride;
  int32_t accumulate;
} pixel_tiles;

void sum_over_pixels(const pixel_tiles *tiles);
#endif
