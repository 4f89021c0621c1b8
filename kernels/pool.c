// Pooling of planes of one channel; those of more are in pool-channels.c. A row of windows is worked on tap by tap, a vector
// of neighbouring windows at once; windows that reach over the border of the plane go one by one.

// rows of windows are often shorter than sixteen
#define NARROW_VECTORS
#include "pool.h"

/** Columns [first, last) of the output whose windows lie between the left and the right border. */
typedef struct {
  int32_t first, last;
} inner_columns;

static inner_columns find_inner_columns(const pooling *pool) {
  int32_t room = pool->width - pool->kernelWidth + pool->paddingLeft;
  int32_t last = room < 0 ? 0 : room / pool->strideWidth + 1;
  if (last > pool->outWidth) last = pool->outWidth;
  return (inner_columns){(pool->paddingLeft + pool->strideWidth - 1) / pool->strideWidth, last};
}

/** Where a vector of windows may start that covers `column`, or -1. The last one of a row overlaps its neighbour. */
static inline int32_t vector_start(inner_columns inner, int32_t column) {
  if (column < inner.first || column >= inner.last || inner.last - inner.first < LANES) return -1;
  return column + LANES <= inner.last ? column : inner.last - LANES;
}

/** lanes 0, 2, 4, … of two vectors whose second one starts at the last lane of the first */
#define EVEN(lane) ((lane) < LANES / 2 ? 2 * (lane) : 2 * (lane) + 1)
#define ELEMENT(lane) x[(lane) * stride]

/** Every `stride`-th element from `x` on; nothing past the last one is read. */
ALWAYS_INLINE vector load_strided(const float *x, int32_t stride) {
  if (stride == 0) return splat(*x);
  if (stride == 1) return load(x);
  if (stride == 2) return __builtin_shufflevector(load(x), load(x + LANES - 1), EACH_LANE(EVEN));
  return (vector){EACH_LANE(ELEMENT)};
}

/** LANES windows, `stride` columns apart, from the one at `at` on: as much of each as `at` has. */
ALWAYS_INLINE maxima max_windows(const float *plane, const pooling *pool, window at, int32_t stride) {
  integers lane_offset = {0};
  UNROLLED for (int lane = 0; lane < LANES; lane++) lane_offset[lane] = lane * stride;
  int32_t start = at.top * pool->width + at.left;
  maxima best = {load_strided(plane + start, stride), lane_offset + start};
  for (int32_t row = at.top; row < at.bottom; row++) {
    for (int32_t column = at.left; column < at.right; column++) {
      int32_t offset = row * pool->width + column;
      best = better_of(best, (maxima){load_strided(plane + offset, stride), lane_offset + offset});
    }
  }
  return best;
}

static void max_row(
    const float *plane, const pooling *pool, inner_columns inner, int32_t row, float *out, int32_t *indices) {
  for (int32_t column = 0; column < pool->outWidth;) {
    int32_t start = vector_start(inner, column);
    window at = window_at(pool, row, start < 0 ? column : start);
    if (start < 0) {
      // one window in all lanes: a branch on its maximum, which one lane would take, is guessed wrong too often
      maxima found = max_windows(plane, pool, at, 0);
      if (out) out[column] = found.value[0];
      if (indices) indices[column] = found.index[0];
      column++;
      continue;
    }
    maxima found = pool->strideWidth == 1   ? max_windows(plane, pool, at, 1)
                   : pool->strideWidth == 2 ? max_windows(plane, pool, at, 2)
                                            : max_windows(plane, pool, at, pool->strideWidth);
    if (out) store(out + start, found.value);
    if (indices) store((float *)(indices + start), (vector)found.index);
    column = start + LANES;
  }
}

void tatami_max_pool2d(const max_pool2d_arguments *arguments) {
  if (arguments->channels > 1) return max_pool_channels(arguments);
  pooling pool = POOLING_OF(arguments);
  inner_columns inner = find_inner_columns(&pool);
  float *out = arguments->out;
  int32_t *indices = arguments->indices;
  for (int32_t plane = 0; plane < arguments->planes; plane++) {
    const float *x = arguments->x + plane * pool.height * pool.width;
    for (int32_t row = 0; row < pool.outHeight; row++) {
      max_row(x, &pool, inner, row, out, indices);
      if (out) out += pool.outWidth;
      if (indices) indices += pool.outWidth;
    }
  }
}

static inline float sum_window(const float *plane, int32_t width, window at) {
  float sum = 0;
  for (int32_t row = at.top; row < at.bottom; row++) {
    for (int32_t column = at.left; column < at.right; column++) sum += plane[row * width + column];
  }
  return sum;
}

/** LANES windows from the one at `at` on, none of which reaches over the left or right border. */
ALWAYS_INLINE vector sum_windows(const float *plane, const pooling *pool, window at, int32_t stride) {
  vector sum = splat(0);
  for (int32_t row = at.top; row < at.bottom; row++) {
    const float *x = plane + row * pool->width + at.left;
    for (int32_t column = 0; column < pool->kernelWidth; column++) sum += load_strided(x + column, stride);
  }
  return sum;
}

static void avg_row(const float *plane, const pooling *pool, inner_columns inner, int32_t row, float area, float *out) {
  for (int32_t column = 0; column < pool->outWidth;) {
    int32_t start = vector_start(inner, column);
    window at = window_at(pool, row, start < 0 ? column : start);
    float count = area > 0 ? area : (float)window_size(at);
    if (start < 0) {
      out[column++] = sum_window(plane, pool->width, at) / count;
      continue;
    }
    vector sum = pool->strideWidth == 1   ? sum_windows(plane, pool, at, 1)
                 : pool->strideWidth == 2 ? sum_windows(plane, pool, at, 2)
                                          : sum_windows(plane, pool, at, pool->strideWidth);
    store(out + start, sum / count);
    column = start + LANES;
  }
}

void tatami_avg_pool2d(const avg_pool2d_arguments *arguments) {
  if (arguments->channels > 1) return avg_pool_channels(arguments);
  pooling pool = POOLING_OF(arguments);
  inner_columns inner = find_inner_columns(&pool);
  float area = fixed_area(&pool, arguments->countPadding);
  float *out = arguments->out;
  for (int32_t plane = 0; plane < arguments->planes; plane++) {
    const float *x = arguments->x + plane * pool.height * pool.width;
    for (int32_t row = 0; row < pool.outHeight; row++, out += pool.outWidth) avg_row(x, &pool, inner, row, area, out);
  }
}

void tatami_avg_pool2d_gradient(const avg_pool2d_gradient_arguments *arguments) {
  if (arguments->channels > 1) return avg_pool_gradient_channels(arguments);
  pooling pool = POOLING_OF(arguments);
  float area = fixed_area(&pool, arguments->countPadding);
  const float *g = arguments->g;
  for (int32_t plane = 0; plane < arguments->planes; plane++) {
    float *out = arguments->out + plane * pool.height * pool.width;
    fill_floats(out, 0, pool.height * pool.width);
    for (int32_t row = 0; row < pool.outHeight; row++) {
      for (int32_t column = 0; column < pool.outWidth; column++) {
        window at = window_at(&pool, row, column);
        float share = *g++ / (area > 0 ? area : (float)window_size(at));
        for (int32_t y = at.top; y < at.bottom; y++) {
          for (int32_t x = at.left; x < at.right; x++) out[y * pool.width + x] += share;
        }
      }
    }
  }
}
