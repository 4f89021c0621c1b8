// One row times a matrix, of which every number is read once: packing would take longer than the sums, and tiles would wait
// for each step. Sums have the order of the tiles.
#include "matmul-operands.h"

#include "matmul-transpose.h"
#include "scratch.h"
#include "tile.h"

enum {
  /** vectors of sums at a time, each of LANES rows of a transposed matrix; more than 8 rows would share too few cache lines */
  GROUP = LANES == 4 ? 2 : 1,
  /** rows of a matrix that is not transposed, at a time: as many streams of memory */
  STREAMS = 8,
};

/** sums over the `steps` first ones of LANES rows of the right matrix */
ALWAYS_INLINE vector add_square(vector sum, const float *row, vector square[LANES], int32_t steps) {
  transpose_vectors(square);
  UNROLLED for (int step = 0; step < LANES; step++) {
    if (step < steps) sum += splat(row[step]) * square[step];
  }
  return sum;
}

static void multiply_transposed(
    const float *row, const matrix *b, int32_t depth, int32_t columns, float *out, int32_t accumulate) {
  for (int32_t column = 0; column < columns; column += GROUP * LANES) {
    const float *rows = b->numbers + column * b->stride;
    vector sums[GROUP], square[LANES];
    // rows that are missing are the last one again
    ptrdiff_t offsets[GROUP * LANES];
    UNROLLED for (int i = 0; i < GROUP * LANES; i++) offsets[i] = smaller_of(i, columns - column - 1) * b->stride;
    UNROLLED for (int g = 0; g < GROUP; g++) sums[g] = splat(0);
    int32_t k = 0;
    for (; k + LANES <= depth; k += LANES) {
      UNROLLED for (int g = 0; g < GROUP; g++) {
        UNROLLED for (int i = 0; i < LANES; i++) square[i] = load(rows + offsets[g * LANES + i] + k);
        sums[g] = add_square(sums[g], row + k, square, LANES);
      }
    }
    for (int g = 0; g < GROUP; g++) {
      const int32_t left = columns - column - g * LANES;
      if (left <= 0) break;
      if (k < depth) {
        for (int i = 0; i < LANES; i++) square[i] = load_before(rows + offsets[g * LANES + i] + k, b->end);
        sums[g] = add_square(sums[g], row + k, square, depth - k);
      }
      float *to = out + column + g * LANES;
      if (accumulate) sums[g] += load_part(to, left, 0);
      store_part(to, left, sums[g]);
    }
  }
}

/** sums[0..columns) += row[0..count) · rows, whole vectors */
ALWAYS_INLINE void add_rows(
    float *sums, const float *row, const float *rows, ptrdiff_t stride, const int count, int32_t columns, const float *end) {
  vector factors[STREAMS];
  UNROLLED for (int i = 0; i < count; i++) factors[i] = splat(row[i]);
  int32_t column = 0;
  for (; column + LANES <= columns; column += LANES) {
    vector sum = load(sums + column);
    UNROLLED for (int i = 0; i < count; i++) sum += factors[i] * load(rows + i * stride + column);
    store(sums + column, sum);
  }
  if (column == columns) return;
  vector sum = load(sums + column);
  UNROLLED for (int i = 0; i < count; i++) sum += factors[i] * load_before(rows + i * stride + column, end);
  store(sums + column, sum);
}

static void multiply_plain(
    const float *row, const matrix *b, int32_t depth, int32_t columns, float *out, int32_t accumulate) {
  float *sums = scratch.images;
  fill_floats(sums, 0, columns + LANES);
  const float *rows = b->numbers;
  for (; depth >= STREAMS; depth -= STREAMS, row += STREAMS, rows += STREAMS * b->stride) {
    add_rows(sums, row, rows, b->stride, STREAMS, columns, b->end);
  }
  for (; depth > 0; depth--, row++, rows += b->stride) add_rows(sums, row, rows, b->stride, 1, columns, b->end);
  for (int32_t column = 0; column < columns; column += LANES) {
    vector sum = load(sums + column);
    if (accumulate) sum += load_part(out + column, columns - column, 0);
    store_part(out + column, columns - column, sum);
  }
}

void multiply_row(const float *row, const matrix *b, int32_t depth, int32_t columns, float *out, int32_t accumulate) {
  if (b->transposed) multiply_transposed(row, b, depth, columns, out, accumulate);
  else multiply_plain(row, b, depth, columns, out, accumulate);
}
