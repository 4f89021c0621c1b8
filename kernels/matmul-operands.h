// The operands of a matrix product, and the right one as the register tiles read it: copied to panels.
#ifndef TATAMI_MATMUL_OPERANDS_H
#define TATAMI_MATMUL_OPERANDS_H

#include <stddef.h>
#include <stdint.h>

/** element (row, column) at numbers[row · stride + column], or if transposed at numbers[column · stride + row] */
typedef struct {
  const float *numbers;
  ptrdiff_t stride;
  int32_t transposed;
  /** one past the last number that may be read */
  const float *end;
} matrix;

/** the matrix without its first rows and columns */
static inline matrix matrix_from(matrix whole, int32_t row, int32_t column) {
  whole.numbers += whole.transposed ? column * whole.stride + row : row * whole.stride + column;
  return whole;
}

/**
 * The first PANEL_WIDTH of `columns` columns of `depth` rows of b next to each other, row by row, in as many vectors as
 * panel_vectors says. What is left of the last vector is anything.
 */
void pack_panel(float *panel, const matrix *b, int32_t depth, int32_t columns);

/** A copy of `depth` columns of `rows` rows of a; `to` holds depth + 32 floats for each row. */
matrix copy_strip(float *to, const matrix *a, int32_t rows, int32_t depth);

/** out[0..columns) (+)= row[0..depth) · b, the sums that tiles over panels give; columns ≤ IMAGE_CAPACITY − LANES. */
void multiply_row(const float *row, const matrix *b, int32_t depth, int32_t columns, float *out, int32_t accumulate);

/** out[row · outStride + column] (+)= Σ a[row][0..depth) · b[0..depth)[column], neither packed: b is transposed, a is not */
void multiply_along_rows(
    const matrix *a,
    int32_t rows,
    const matrix *b,
    int32_t columns,
    int32_t depth,
    float *out,
    ptrdiff_t outStride,
    int32_t accumulate);

#endif
