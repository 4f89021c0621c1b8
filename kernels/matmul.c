// Matrix products, blocked as in Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008): a block
// of the right matrix is packed into panels for the second-level cache, a strip of four rows of the left one stays in the
// first. The order of the sums follows from the sizes alone.
#include "elementwise.h"
#include "gemm.h"
#include "generated/kernel-table.h"
#include "quad.h"

/** depth of one block: a panel of it is a quarter of a 32 KiB first-level cache */
enum { DEPTH_BLOCK = 256 };

/** out[rows][columns] = start + left[rows][depth] · panels */
typedef struct {
  const float *left;
  ptrdiff_t rowStride;
  ptrdiff_t depthStride;
  int32_t rows;
  int32_t columns;
  int32_t depth;
  float *out;
  ptrdiff_t outStride;
  /** the bias [columns], or null */
  const float *bias;
  /** out holds the sums of the blocks before */
  int32_t accumulate;
} product;

static const float zeros[PANEL_COLUMNS];

/** The columns that do not fill whole vectors: computed beside `out`, whose neighbours belong to others. */
static void multiply_edge(const product *p, gemm_tiles *tiles, const ptrdiff_t *offsets, const float *bias, int32_t columns) {
  float sums[TILE_ROWS * PANEL_COLUMNS];
  float *out = tiles->out;
  tiles->start = zeros;
  tiles->startStride = 0;
  tiles->out = sums;
  tiles->outStride = PANEL_COLUMNS;
  gemm_tiles_of_rows(tiles, offsets, 1, 0);
  for (int32_t i = 0; i < tiles->rows; i++, out += p->outStride) {
    for (int32_t n = 0; n < columns; n++) {
      out[n] = sums[i * PANEL_COLUMNS + n] + (p->accumulate ? out[n] : bias ? bias[n] : 0);
    }
  }
}

/** A strip of at most four rows against all panels; element (i, k) of the strip at left[offsets[i] + k]. */
static void multiply_strip(const product *p, int32_t row, int32_t rows, const float *left, const ptrdiff_t *offsets) {
  float *out = p->out + row * p->outStride;
  const int32_t whole = p->columns / PANEL_COLUMNS, columns = p->columns % PANEL_COLUMNS;
  const ptrdiff_t step = p->accumulate || p->bias ? PANEL_COLUMNS : 0;
  gemm_tiles tiles = {
      .left = left,
      .panel = gemm_panels,
      .depth = p->depth,
      .start = p->accumulate ? out : p->bias ? p->bias : zeros,
      .startStride = p->accumulate ? p->outStride : 0,
      .out = out,
      .outStride = p->outStride,
      .rows = rows,
      .vectors = TILE_VECTORS,
      .count = whole,
      .panelStep = p->depth * PANEL_COLUMNS,
      .startStep = step,
      .outStep = PANEL_COLUMNS,
  };
  if (whole > 0) gemm_tiles_of_rows(&tiles, offsets, 1, 0);
  if (columns == 0) return;
  tiles.panel += whole * tiles.panelStep;
  tiles.start += whole * step;
  tiles.out += whole * PANEL_COLUMNS;
  tiles.vectors = gemm_panel_vectors(columns);
  tiles.count = 1;
  if (columns == LANES) gemm_tiles_of_rows(&tiles, offsets, 1, 0);
  else multiply_edge(p, &tiles, offsets, p->bias ? p->bias + whole * PANEL_COLUMNS : 0, columns);
}

/** to[row][k] = the four columns of a transposed left operand from `from` on */
static void transpose_strip(float *to, const float *from, ptrdiff_t stride, int32_t rows, int32_t depth) {
  int32_t k = 0;
  if (rows == TILE_ROWS) {
    for (; k + 4 <= depth; k += 4) transpose_square(to + k, DEPTH_BLOCK, from + k * stride, stride);
  }
  for (; k < depth; k++) {
    for (int32_t i = 0; i < rows; i++) to[i * DEPTH_BLOCK + k] = from[k * stride + i];
  }
}

static void multiply(const product *p, int32_t activation, float activationParameter) {
  float transposed[TILE_ROWS * DEPTH_BLOCK];
  const ptrdiff_t stride = p->depthStride == 1 ? p->rowStride : DEPTH_BLOCK;
  const ptrdiff_t offsets[TILE_ROWS] = {0, stride, 2 * stride, 3 * stride};
  for (int32_t row = 0; row < p->rows; row += TILE_ROWS) {
    const int32_t rows = smaller_of(TILE_ROWS, p->rows - row);
    const float *left = p->left + row * p->rowStride;
    if (p->depthStride != 1) {
      transpose_strip(transposed, left, p->depthStride, rows, p->depth);
      left = transposed;
    }
    multiply_strip(p, row, rows, left, offsets);
    if (activation == TATAMI_IDENTITY) continue;
    for (int32_t i = row; i < row + rows; i++) {
      tatami_apply_activation(activation, activationParameter, p->out + i * p->outStride, p->columns);
    }
  }
}

void tatami_matmul(const matmul_arguments *p) {
  const int32_t n = p->n, k = p->k;
  // one right matrix for the whole batch: the batch is only more rows
  const int32_t merged = p->bBatchStride == 0 && !p->transposeA && p->aBatchStride == p->m * k;
  const int32_t batch = merged ? 1 : p->batch, m = merged ? p->batch * p->m : p->m;
  const ptrdiff_t rightRow = p->transposeB ? 1 : n, rightColumn = p->transposeB ? k : 1;
  const int32_t depthBlock = k < 1 ? 1 : smaller_of(DEPTH_BLOCK, k);
  const int32_t columnBlock = PANEL_CAPACITY / depthBlock / PANEL_COLUMNS * PANEL_COLUMNS;

  for (int32_t image = 0; image < batch; image++) {
    const float *a = p->a + (ptrdiff_t)image * p->aBatchStride;
    const float *b = p->b + (ptrdiff_t)image * p->bBatchStride;
    for (int32_t column = 0; column < n; column += columnBlock) {
      product block = {
          .rowStride = p->transposeA ? 1 : k,
          .depthStride = p->transposeA ? m : 1,
          .rows = m,
          .columns = smaller_of(columnBlock, n - column),
          .out = p->out + (ptrdiff_t)image * m * n + column,
          .outStride = n,
          .bias = p->bias ? p->bias + column : 0,
      };
      for (int32_t from = 0; from == 0 || from < k; from += depthBlock) {
        block.depth = smaller_of(depthBlock, k - from);
        block.left = a + from * block.depthStride;
        block.accumulate = from > 0;
        gemm_pack(gemm_panels, b + from * rightRow + column * rightColumn, block.depth, block.columns, rightRow, rightColumn);
        multiply(&block, from + depthBlock >= k ? p->activation : TATAMI_IDENTITY, p->activationParameter);
      }
    }
  }
}
