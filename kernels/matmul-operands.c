// Copying the operands of a matrix product to where the register tiles read them in order.
#include "matmul-operands.h"

#include "matmul-tile.h"
#include "matmul-transpose.h"

/** floats of a cache line */
enum { LINE = 16 };

static void pack_rows(float *panel, const matrix *b, int32_t depth, int32_t vectors) {
  const float *row = b->numbers;
  if (vectors == 2) {
    for (; depth > 1; depth--, row += b->stride, panel += PANEL_WIDTH) {
      store(panel, load(row));
      store(panel + LANES, load_before(row + LANES, b->end));
    }
  }
  for (; depth > 0; depth--, row += b->stride, panel += vectors * LANES) {
    for (int32_t v = 0; v < vectors; v++) store(panel + v * LANES, load_before(row + v * LANES, b->end));
  }
}

/** one vector of a panel from rows of a transposed b; the rows that are missing are the last one again */
static void pack_transposed(float *panel, const matrix *b, int32_t depth, int32_t columns, int32_t width) {
  const float *rows[LANES];
  for (int i = 0; i < LANES; i++) rows[i] = b->numbers + smaller_of(i, columns - 1) * b->stride;
  vector square[LANES];
  int32_t k = 0;
  for (; k + LANES <= depth; k += LANES, panel += LANES * width) {
    UNROLLED for (int i = 0; i < LANES; i++) square[i] = load(rows[i] + k);
    transpose_vectors(square);
    UNROLLED for (int i = 0; i < LANES; i++) store(panel + i * width, square[i]);
  }
  if (k == depth) return;
  for (int i = 0; i < LANES; i++) square[i] = load_before(rows[i] + k, b->end);
  transpose_vectors(square);
  UNROLLED for (int i = 0; i < LANES; i++) {
    if (i < depth - k) store(panel + i * width, square[i]);
  }
}

void pack_panel(float *panel, const matrix *b, int32_t depth, int32_t columns) {
  const int32_t vectors = panel_vectors(columns);
  if (!b->transposed) return pack_rows(panel, b, depth, vectors);
  for (int32_t v = 0; v < vectors; v++) {
    const matrix part = matrix_from(*b, 0, v * LANES);
    pack_transposed(panel + v * LANES, &part, depth, columns - v * LANES, vectors * LANES);
  }
}

matrix copy_strip(float *to, const matrix *a, int32_t rows, int32_t depth) {
  if (a->transposed && !PACKED_ALWAYS) {
    for (int32_t k = 0; k < depth; k++) copy_floats(to + k * rows, a->numbers + k * a->stride, rows);
    return (matrix){to, rows, 1, 0};
  }
  // an odd number of cache lines: rows do not collide
  const int32_t stride = (parts_of(depth, LINE) | 1) * LINE;
  if (a->transposed) {
    for (int32_t k = 0; k < depth; k += LANES) {
      const matrix columns = matrix_from(*a, 0, k);
      pack_transposed(to + k, &columns, rows, depth - k, stride);
    }
  } else {
    for (int32_t row = 0; row < rows; row++) copy_floats(to + row * stride, a->numbers + row * a->stride, depth);
  }
  return (matrix){to, stride, 0, 0};
}
