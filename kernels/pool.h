// What the pools share: windows, clipped at the borders of the plane.
#ifndef TATAMI_POOL_H
#define TATAMI_POOL_H

#include "generated/kernel-table.h"
#include "vector.h"

/** The window of one output: rows [top, bottom) and columns [left, right) of the plane. */
typedef struct {
  int32_t top, bottom, left, right;
} window;

/** the fields all pooling kernels share, as in the kernel table */
typedef struct {
  int32_t height, width, outHeight, outWidth;
  int32_t kernelHeight, kernelWidth, strideHeight, strideWidth, paddingTop, paddingLeft;
} pooling;

#define POOLING_OF(a)                                                       \
  {(a)->height,       (a)->width,        (a)->outHeight,   (a)->outWidth,   \
   (a)->kernelHeight, (a)->kernelWidth,                                     \
   (a)->strideHeight, (a)->strideWidth,  (a)->paddingTop,  (a)->paddingLeft}

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

/** what every window is divided by, or 0 where that is its part inside the plane */
static inline float fixed_area(const pooling *pool, int32_t countPadding) {
  return countPadding ? (float)(pool->kernelHeight * pool->kernelWidth) : 0.0f;
}

/** the running maxima of a vector and where they were found */
typedef struct {
  vector value;
  integers index;
} maxima;

/** the first of equals wins, and the first NaN over everything */
ALWAYS_INLINE maxima better_of(maxima best, maxima next) {
  integers wins = (next.value > best.value) | ((next.value != next.value) & (best.value == best.value));
  return (maxima){select(wins, next.value, best.value), select_integer(wins, next.index, best.index)};
}

/** the kernels for planes of more than one channel */
void max_pool_channels(const max_pool2d_arguments *arguments);
void avg_pool_channels(const avg_pool2d_arguments *arguments);
void avg_pool_gradient_channels(const avg_pool2d_gradient_arguments *arguments);

#endif
