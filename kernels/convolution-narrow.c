// Convolutions with fewer output channels in a group than half a vector, depthwise ones above all: vectors lie along the
// pixels of a row instead of along the channels.
#include "convolution.h"

#define STEP(number)                                                                             \
  {                                                                                              \
    const vector weight = splat(weights[number]);                                                \
    const float *pixels = row + offsets[number];                                                 \
    for (int v = 0; v < vectors; v++) sums[v] += weight * load(pixels + v * LANES);              \
  }                                                                                              \
  if (left == (number) + 1) break;

enum { STEPS = 4, WIDEST = 4 };

ALWAYS_INLINE void sum_taps(
    const int vectors,
    const float *weights,
    const float *row,
    const ptrdiff_t *offsets,
    int32_t depth,
    float start,
    float *out) {
  vector sums[WIDEST];
  for (int v = 0; v < vectors; v++) sums[v] = splat(start);
  if (depth > 0) {
    for (int32_t left = depth;; left -= STEPS) {
      OPAQUE(weights);
      OPAQUE(offsets);
      STEP(0) STEP(1) STEP(2) STEP(3)
      weights += STEPS;
      offsets += STEPS;
    }
  }
  for (int v = 0; v < vectors; v++) store(out + v * LANES, sums[v]);
}

#define SUM_TAPS(vectors)                                                                                             \
  static __attribute__((noinline)) void sum_taps_##vectors(                                                           \
      const float *weights, const float *row, const ptrdiff_t *offsets, int32_t depth, float start, float *out) {     \
    sum_taps(vectors, weights, row, offsets, depth, start, out);                                                      \
  }

SUM_TAPS(1)
SUM_TAPS(2)
SUM_TAPS(4)

void narrow_row(
    const float *weights,
    const float *row,
    const ptrdiff_t *offsets,
    int32_t depth,
    int32_t pixels,
    float start,
    float *sums) {
  for (int32_t x = 0; x < pixels;) {
    const int32_t vectors = pixels - x > 2 * LANES ? 4 : pixels - x > LANES ? 2 : 1;
    switch (vectors) {
      case 4: sum_taps_4(weights, row + x, offsets, depth, start, sums + x); break;
      case 2: sum_taps_2(weights, row + x, offsets, depth, start, sums + x); break;
      default: sum_taps_1(weights, row + x, offsets, depth, start, sums + x);
    }
    x += vectors * LANES;
  }
}

void narrow_dots(
    const float *g,
    ptrdiff_t gPitch,
    const float *image,
    ptrdiff_t pitch,
    const ptrdiff_t *offsets,
    int32_t rows,
    int32_t columns,
    float *dots) {
  vector sums[4] = {{0}, {0}, {0}, {0}};
  float rest[4] = {0, 0, 0, 0};
  for (int32_t y = 0; y < rows; y++, g += gPitch, image += pitch) {
    int32_t x = 0;
    for (; x + LANES <= columns; x += LANES) {
      const vector gradient = load(g + x);
      for (int tap = 0; tap < 4; tap++) sums[tap] += gradient * load(image + offsets[tap] + x);
    }
    for (; x < columns; x++) {
      for (int tap = 0; tap < 4; tap++) rest[tap] += g[x] * image[offsets[tap] + x];
    }
  }
  for (int tap = 0; tap < 4; tap++) dots[tap] = sum_lanes(sums[tap]) + rest[tap];
}
