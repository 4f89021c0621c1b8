// Sums along rows of both operands: products with a transposed right matrix, which then need neither be packed nor turned.
// A sum is one for each lane, over every LANES-th number, and then their sum: another order than that of the tiles.
#include "matmul-operands.h"

#include "tile.h"

// as many sums as there are registers for, beside a vector of each right row and one of a left row
#if defined(WIDE_VECTORS)
enum { LEFT_ROWS = 5, RIGHT_ROWS = 5 };
#define UNROLLED_ALONG NOT_UNROLLED
#define ROW_TILES(SIZE) \
  TO_5(SIZE, 1) TO_5(SIZE, 2) TO_5(SIZE, 3) TO_5(SIZE, 4) TO_5(SIZE, 5)
#else
enum { LEFT_ROWS = 4, RIGHT_ROWS = 3 };
// of few multiply-adds each, so that counting them costs as much as a load
#define UNROLLED_ALONG UNROLLED_TWICE
#define ROW_TILES(SIZE) TO_4(SIZE, 1) TO_4(SIZE, 2) TO_4(SIZE, 3)
#endif
#define TO_5(SIZE, columns) TO_4(SIZE, columns) SIZE(5, columns)

typedef struct {
  ptrdiff_t leftStride;
  ptrdiff_t rightStride;
  int32_t depth;
  ptrdiff_t outStride;
  int32_t accumulate;
} row_tiles;

ALWAYS_INLINE void tile(
    const int rows, const int columns, const row_tiles *t, const float *left, const float *right, float *out) {
  vector sums[LEFT_ROWS][RIGHT_ROWS];
  UNROLLED for (int i = 0; i < rows; i++) {
    UNROLLED for (int j = 0; j < columns; j++) sums[i][j] = splat(0);
  }
  const ptrdiff_t leftStride = t->leftStride, rightStride = t->rightStride;
  int32_t depth = t->depth;
  UNROLLED_ALONG for (; depth >= LANES; depth -= LANES, left += LANES, right += LANES) {
    vector factors[RIGHT_ROWS];
    UNROLLED for (int j = 0; j < columns; j++) factors[j] = load(right + j * rightStride);
    UNROLLED for (int i = 0; i < rows; i++) {
      const vector number = load(left + i * leftStride);
      UNROLLED for (int j = 0; j < columns; j++) sums[i][j] += number * factors[j];
    }
  }
  if (depth > 0) {
    vector factors[RIGHT_ROWS];
    UNROLLED for (int j = 0; j < columns; j++) factors[j] = load_lanes(right + j * rightStride, depth, 0);
    UNROLLED for (int i = 0; i < rows; i++) {
      const vector number = load_lanes(left + i * leftStride, depth, 0);
      UNROLLED for (int j = 0; j < columns; j++) sums[i][j] += number * factors[j];
    }
  }
  UNROLLED for (int i = 0; i < rows; i++, out += t->outStride) {
    UNROLLED for (int j = 0; j < columns; j++) {
      const float sum = sum_lanes(sums[i][j]);
      out[j] = t->accumulate ? out[j] + sum : sum;
    }
  }
}

/** `count` tiles below each other */
#define TILE(rows, columns)                                                                                \
  static __attribute__((noinline)) void tile_##rows##x##columns(                                           \
      const row_tiles *t, const float *left, const float *right, float *out, int32_t count) {              \
    for (; count > 0; count--, left += (rows) * t->leftStride, out += (rows) * t->outStride) {             \
      tile(rows, columns, t, left, right, out);                                                            \
    }                                                                                                      \
  }

ROW_TILES(TILE)

typedef void tile_function(const row_tiles *, const float *, const float *, float *, int32_t);

#define NAME(rows, columns) tile_##rows##x##columns,
static tile_function *const tiles[] = {ROW_TILES(NAME)};

void multiply_along_rows(
    const matrix *a, int32_t rows, const matrix *b, int32_t columns, int32_t depth, float *out, ptrdiff_t outStride, int32_t accumulate) {
  const row_tiles t = {a->stride, b->stride, depth, outStride, accumulate};
  const int32_t count = parts_of(rows, LEFT_ROWS), tall = rows / count, more = rows % count;
  const int32_t across = parts_of(columns, RIGHT_ROWS), wide = columns / across, wider = columns % across;
  const float *right = b->numbers;
  for (int32_t i = 0; i < across; i++) {
    const int32_t here = wide + (i < wider);
    tile_function *const *sizes = tiles + (here - 1) * LEFT_ROWS;
    if (more > 0) sizes[tall](&t, a->numbers, right, out, more);
    sizes[tall - 1](&t, a->numbers + more * (tall + 1) * a->stride, right, out + more * (tall + 1) * outStride, count - more);
    right += here * b->stride;
    out += here;
  }
}
