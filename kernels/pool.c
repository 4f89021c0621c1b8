// Pooling over planes. A row of windows is worked on tap by tap, a vector of neighbouring windows at once; windows that
// reach over the border of the plane go one by one.
#include "generated/kernel-table.h"
#include "vector.h"

/** The window of one output: rows [top, bottom) and columns [left, right) of the plane. */
typedef struct {
  int32_t top, bottom, left, right;
} window;

#define POOLING_FIELDS(arguments)                                                                            \
  (pooling) {                                                                                                \
    (arguments)->height, (arguments)->width, (arguments)->outHeight, (arguments)->outWidth,                  \
        (arguments)->kernelHeight, (arguments)->kernelWidth, (arguments)->strideHeight, (arguments)->strideWidth, \
        (arguments)->paddingTop, (arguments)->paddingLeft                                                    \
  }

/** the fields all pooling kernels share, as in the kernel table */
typedef struct {
  int32_t height, width, outHeight, outWidth;
  int32_t kernelHeight, kernelWidth, strideHeight, strideWidth, paddingTop, paddingLeft;
} pooling;

static inline window window_at(const pooling *pool, int32_t row, int32_t column) {
  int32_t top = row * pool->strideHeight - pool->paddingTop;
  int32_t left = column * pool->strideWidth - pool->paddingLeft;
  int32_t bottom = top + pool->kernelHeight;
  int32_t right = left + pool->kernelWidth;
  return (window){
      top < 0 ? 0 : top,
      bottom > pool->height ? pool->height : bottom,
      left < 0 ? 0 : left,
      right > pool->width ? pool->width : right,
  };
}

static inline int32_t window_size(window at) { return (at.bottom - at.top) * (at.right - at.left); }

/** Columns [first, last) of the output whose windows lie between the left and the right border. */
static void inner_columns(const pooling *pool, int32_t *first, int32_t *last) {
  *first = (pool->paddingLeft + pool->strideWidth - 1) / pool->strideWidth;
  int32_t room = pool->width - pool->kernelWidth + pool->paddingLeft;
  *last = room < 0 ? 0 : room / pool->strideWidth + 1;
  if (*last > pool->outWidth) *last = pool->outWidth;
}

/** Every `stride`-th element from `x` on. */
ALWAYS_INLINE vector load_strided(const float *x, int32_t stride) {
  if (stride == 1) return load(x);
  vector lanes;
  for (int lane = 0; lane < LANES; lane++) lanes[lane] = x[lane * stride];
  return lanes;
}

typedef struct {
  float value;
  int32_t index;
} maximum;

static inline maximum max_window(const float *plane, int32_t width, window at) {
  int32_t index = at.top * width + at.left;
  float best = plane[index];
  for (int32_t row = at.top; row < at.bottom; row++) {
    for (int32_t column = at.left; column < at.right; column++) {
      float value = plane[row * width + column];
      // the first of equals wins, and the first NaN over everything
      if (value > best || (value != value && best == best)) {
        best = value;
        index = row * width + column;
      }
    }
  }
  return (maximum){best, index};
}

/** LANES windows from the one at `at` on, none of which reaches over the left or right border. */
ALWAYS_INLINE void max_windows(const float *plane, const pooling *pool, window at, int32_t stride, float *out, int32_t *indices) {
  integers lane_offset;
  for (int lane = 0; lane < LANES; lane++) lane_offset[lane] = lane * stride;
  int32_t start = at.top * pool->width + at.left;
  vector best = load_strided(plane + start, stride);
  integers index = lane_offset + start;
  for (int32_t row = at.top; row < at.bottom; row++) {
    for (int32_t column = 0; column < pool->kernelWidth; column++) {
      int32_t offset = row * pool->width + at.left + column;
      vector value = load_strided(plane + offset, stride);
      integers wins = (value > best) | ((value != value) & (best == best));
      best = select(wins, value, best);
      index = select_integer(wins, lane_offset + offset, index);
    }
  }
  if (out) store(out, best);
  if (indices) store((float *)indices, (vector)index);
}

void tatami_max_pool2d(const max_pool2d_arguments *arguments) {
  pooling pool = POOLING_FIELDS(arguments);
  int32_t first, last;
  inner_columns(&pool, &first, &last);
  float *out = arguments->out;
  int32_t *indices = arguments->indices;
  for (int32_t plane = 0; plane < arguments->planes; plane++) {
    const float *x = arguments->x + plane * pool.height * pool.width;
    for (int32_t row = 0; row < pool.outHeight; row++) {
      int32_t place = (plane * pool.outHeight + row) * pool.outWidth;
      float *outRow = out ? out + place : 0;
      int32_t *indicesRow = indices ? indices + place : 0;
      for (int32_t column = 0; column < pool.outWidth;) {
        window at = window_at(&pool, row, column);
        float *outHere = outRow ? outRow + column : 0;
        int32_t *indicesHere = indicesRow ? indicesRow + column : 0;
        if (column >= first && column + LANES <= last) {
          if (pool.strideWidth == 1) max_windows(x, &pool, at, 1, outHere, indicesHere);
          else if (pool.strideWidth == 2) max_windows(x, &pool, at, 2, outHere, indicesHere);
          else max_windows(x, &pool, at, pool.strideWidth, outHere, indicesHere);
          column += LANES;
        } else {
          maximum found = max_window(x, pool.width, at);
          if (outHere) *outHere = found.value;
          if (indicesHere) *indicesHere = found.index;
          column++;
        }
      }
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

void tatami_avg_pool2d(const avg_pool2d_arguments *arguments) {
  pooling pool = POOLING_FIELDS(arguments);
  int32_t first, last;
  inner_columns(&pool, &first, &last);
  float area = (float)(pool.kernelHeight * pool.kernelWidth);
  for (int32_t plane = 0; plane < arguments->planes; plane++) {
    const float *x = arguments->x + plane * pool.height * pool.width;
    for (int32_t row = 0; row < pool.outHeight; row++) {
      float *out = arguments->out + (plane * pool.outHeight + row) * pool.outWidth;
      for (int32_t column = 0; column < pool.outWidth;) {
        window at = window_at(&pool, row, column);
        float count = arguments->countPadding ? area : (float)window_size(at);
        if (column >= first && column + LANES <= last) {
          vector sum = pool.strideWidth == 1   ? sum_windows(x, &pool, at, 1)
                       : pool.strideWidth == 2 ? sum_windows(x, &pool, at, 2)
                                               : sum_windows(x, &pool, at, pool.strideWidth);
          store(out + column, sum / count);
          column += LANES;
        } else {
          out[column++] = sum_window(x, pool.width, at) / count;
        }
      }
    }
  }
}

void tatami_avg_pool2d_gradient(const avg_pool2d_gradient_arguments *arguments) {
  pooling pool = POOLING_FIELDS(arguments);
  float area = (float)(pool.kernelHeight * pool.kernelWidth);
  const float *g = arguments->g;
  for (int32_t plane = 0; plane < arguments->planes; plane++) {
    float *out = arguments->out + plane * pool.height * pool.width;
    fill_floats(out, 0, pool.height * pool.width);
    for (int32_t row = 0; row < pool.outHeight; row++) {
      for (int32_t column = 0; column < pool.outWidth; column++) {
        window at = window_at(&pool, row, column);
        float share = *g++ / (arguments->countPadding ? area : (float)window_size(at));
        for (int32_t y = at.top; y < at.bottom; y++) {
          for (int32_t x = at.left; x < at.right; x++) out[y * pool.width + x] += share;
        }
      }
    }
  }
}
