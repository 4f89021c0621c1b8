// Packing: copies blocks of a matrix into panels, so that the tiles read memory in order.
#include "gemm.h"
#include "quad.h"

PER_THREAD float gemm_panels[PANEL_CAPACITY] __attribute__((aligned(64)));

/** the columns lie next to each other: vectors are copied */
static void pack_rows(float *panel, const float *b, int32_t depth, int32_t columns, ptrdiff_t stride) {
  if (columns == PANEL_COLUMNS) {
    for (; depth > 0; depth--, b += stride, panel += PANEL_COLUMNS) {
      for (int v = 0; v < TILE_VECTORS; v++) store(panel + v * LANES, load(b + v * LANES));
    }
    return;
  }
  const int32_t width = gemm_panel_vectors(columns) * LANES;
  for (; depth > 0; depth--, b += stride, panel += width) {
    for (int32_t n = 0; n < width; n++) panel[n] = n < columns ? b[n] : 0;
  }
}

/** the depth lies next to each other: squares of four are transposed */
static void pack_columns(float *panel, const float *b, int32_t depth, int32_t columns, ptrdiff_t stride) {
  const int32_t width = gemm_panel_vectors(columns) * LANES;
  for (int32_t n = 0; n < width; n += 4, b += 4 * stride, panel += 4) {
    const int32_t valid = smaller_of(4, columns - n);
    int32_t k = 0;
    if (valid == 4) {
      for (; k + 4 <= depth; k += 4) transpose_square(panel + k * width, width, b + k, stride);
    }
    for (; k < depth; k++) {
      for (int32_t i = 0; i < 4; i++) panel[k * width + i] = i < valid ? b[i * stride + k] : 0;
    }
  }
}

void gemm_pack(
    float *panels, const float *b, int32_t depth, int32_t columns, ptrdiff_t depthStride, ptrdiff_t columnStride) {
  for (int32_t n = 0; n < columns; n += PANEL_COLUMNS, panels += depth * PANEL_COLUMNS) {
    const int32_t count = smaller_of(PANEL_COLUMNS, columns - n);
    if (columnStride == 1) pack_rows(panels, b + n, depth, count, depthStride);
    else pack_columns(panels, b + n * columnStride, depth, count, columnStride);
  }
}
