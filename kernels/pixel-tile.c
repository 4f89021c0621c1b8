// Sums over pixels: the tiles of filter gradients. Each size is a function of its own, as in tap-tile.c.
#include "tile.h"

ALWAYS_INLINE void tile(
    const int rows,
    const int vectors,
    const pixel_tiles *t,
    const float *left,
    const float *right,
    float *out,
    int32_t lastColumns) {
  vector sums[SINGLE_ROWS][2];
  UNROLLED for (int i = 0; i < rows; i++) {
    UNROLLED for (int v = 0; v < vectors; v++) sums[i][v] = splat(0);
  }
  // results of large products are far away, and come while the sums are made
  UNROLLED for (int i = 0; i < rows; i++) {
    UNROLLED for (int v = 0; v < vectors; v++) __builtin_prefetch(out + i * t->outStride + v * LANES, 1);
  }
  for (int32_t run = 0; run < t->runs; run++, left += t->leftRun, right += t->rightRun) {
    const float *l = left, *r = right;
    NOT_UNROLLED for (int32_t pixel = 0; pixel < t->pixels; pixel++, l += t->leftStep, r += t->rightStep) {
      OPAQUE(l);
      OPAQUE(r);
      vector columns[2];
      UNROLLED for (int v = 0; v < vectors; v++) columns[v] = load(r + v * LANES);
      UNROLLED for (int i = 0; i < rows; i++) {
        const vector factor = splat(l[i]);
        UNROLLED for (int v = 0; v < vectors; v++) sums[i][v] += factor * columns[v];
      }
    }
  }
  UNROLLED for (int i = 0; i < rows; i++, out += t->outStride) {
    UNROLLED for (int v = 0; v < vectors; v++) {
      const int32_t valid = v == vectors - 1 ? lastColumns : LANES;
      if (t->accumulate) sums[i][v] += load_part(out + v * LANES, valid, 0);
      store_part(out + v * LANES, valid, sums[i][v]);
    }
  }
}

#define TILE(rows, vectors)                                                                                         \
  static __attribute__((noinline)) void tile_##rows##x##vectors(                                                    \
      const pixel_tiles *t, const float *left, const float *right, float *out, int32_t lastColumns) {               \
    tile(rows, vectors, t, left, right, out, lastColumns);                                                          \
  }

TILE_SIZES(TILE)

typedef void tile_function(const pixel_tiles *, const float *, const float *, float *, int32_t);

#define NAME(rows, vectors) tile_##rows##x##vectors,
static tile_function *const tiles[] = {TILE_SIZES(NAME)};

void sum_over_pixels(const pixel_tiles *t) {
  for (int32_t column = 0; column < t->columns; column += PANEL_WIDTH) {
    const int32_t columns = smaller_of(PANEL_WIDTH, t->columns - column), vectors = panel_vectors(columns);
    const int32_t largest = vectors == 1 ? SINGLE_ROWS : DOUBLE_ROWS;
    const int32_t count = parts_of(t->rows, largest), rows = t->rows / count, more = t->rows % count;
    tile_function *const *sizes = tiles + (vectors == 1 ? 0 : SINGLE_ROWS);
    const float *left = t->left;
    float *out = t->out + column;
    for (int32_t i = 0; i < count; i++) {
      const int32_t here = rows + (i < more);
      sizes[here - 1](t, left, t->right + column, out, columns - (vectors - 1) * LANES);
      left += here;
      out += here * t->outStride;
    }
  }
}
