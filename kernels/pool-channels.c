// Pooling of channels-last planes: a vector of channels at once, whose windows are all the same.
#include "pool.h"

/** Where the vector of channels from `channel` on starts: the last one overlaps its neighbour where there is one. */
static inline int32_t vector_start(int32_t channel, int32_t channels) {
  return channels < LANES || channel + LANES <= channels ? channel : channels - LANES;
}

/** `x` is the window's plane from some channel on, of which `left` are read */
ALWAYS_INLINE maxima max_window(const float *x, const pooling *pool, window at, int32_t channels, int32_t left) {
  const int32_t first = at.top * pool->width + at.left;
  maxima best = {load_part(x + first * channels, left, 0), splat_integer(first)};
  for (int32_t row = at.top; row < at.bottom; row++) {
    NOT_UNROLLED for (int32_t column = at.left; column < at.right; column++) {
      const int32_t position = row * pool->width + column;
      best = better_of(best, (maxima){load_part(x + position * channels, left, 0), splat_integer(position)});
    }
  }
  return best;
}

/**
 * Of 2 × 2, the most common window: a comparison in each row, one of the rows. It knows no NaN: `doubt` is set where one may
 * be in the window.
 */
ALWAYS_INLINE maxima max_square(const float *x, int32_t first, int32_t width, int32_t channels, integers *doubt) {
  const vector left = load(x), right = load(x + channels);
  x += width * channels;
  const vector underLeft = load(x), underRight = load(x + channels);
  const vector upper = at_least(left, right), lower = at_least(underLeft, underRight);
  // a comparison is -1 where it holds
  const integers inUpper = first - (left < right), inLower = first + width - (underLeft < underRight);
  const vector sum = (left + right) + (underLeft + underRight);
  *doubt |= sum != sum;
  return (maxima){at_least(upper, lower), select_integer(upper < lower, inLower, inUpper)};
}

static int32_t any_of(integers mask) {
  int32_t any = 0;
  UNROLLED for (int lane = 0; lane < LANES; lane++) any |= mask[lane];
  return any;
}

/** A row of windows of 2 × 2, all of them whole, over LANES channels or more; 0 where a NaN may be among them. */
static int32_t max_row_of_squares(
    const float *x, const pooling *pool, int32_t row, int32_t channels, float *out, int32_t *indices) {
  integers doubt = {0};
  for (int32_t column = 0; column < pool->outWidth; column++) {
    const window at = window_at(pool, row, column);
    const int32_t first = at.top * pool->width + at.left;
    for (int32_t channel = 0; channel < channels; channel += LANES) {
      const int32_t start = vector_start(channel, channels);
      const maxima found = max_square(x + first * channels + start, first, pool->width, channels, &doubt);
      if (out) store(out + column * channels + start, found.value);
      if (indices) store((float *)(indices + column * channels + start), (vector)found.index);
    }
  }
  return !any_of(doubt);
}

static void max_row(
    const float *x, const pooling *pool, int32_t row, int32_t channels, float *out, int32_t *indices) {
  for (int32_t column = 0; column < pool->outWidth; column++) {
    const window at = window_at(pool, row, column);
    for (int32_t channel = 0; channel < channels; channel += LANES) {
      const int32_t start = vector_start(channel, channels), left = channels - start;
      const maxima found = left >= LANES ? max_window(x + start, pool, at, channels, LANES)
                                         : max_window(x + start, pool, at, channels, left);
      if (out) store_part(out + column * channels + start, left, found.value);
      if (indices) store_part((float *)(indices + column * channels + start), left, (vector)found.index);
    }
  }
}

/** whether all windows are 2 × 2 and lie in the plane */
static int32_t has_squares(const pooling *pool) {
  const window last = window_at(pool, pool->outHeight - 1, pool->outWidth - 1);
  return pool->kernelHeight == 2 && pool->kernelWidth == 2 && pool->paddingTop <= 0 && pool->paddingLeft <= 0 &&
         last.bottom - last.top == 2 && last.right - last.left == 2;
}

void max_pool_channels(const max_pool2d_arguments *arguments) {
  const pooling pool = POOLING_OF(arguments);
  const int32_t channels = arguments->channels, squares = channels >= LANES && has_squares(&pool);
  float *out = arguments->out;
  int32_t *indices = arguments->indices;
  for (int32_t plane = 0; plane < arguments->planes; plane++) {
    const float *x = arguments->x + plane * pool.height * pool.width * channels;
    for (int32_t row = 0; row < pool.outHeight; row++) {
      if (!squares || !max_row_of_squares(x, &pool, row, channels, out, indices)) max_row(x, &pool, row, channels, out, indices);
      if (out) out += pool.outWidth * channels;
      if (indices) indices += pool.outWidth * channels;
    }
  }
}

ALWAYS_INLINE vector sum_window(const float *x, const pooling *pool, window at, int32_t channels, int32_t left) {
  vector sum = splat(0);
  for (int32_t row = at.top; row < at.bottom; row++) {
    NOT_UNROLLED for (int32_t column = at.left; column < at.right; column++) {
      sum += load_part(x + (row * pool->width + column) * channels, left, 0);
    }
  }
  return sum;
}

void avg_pool_channels(const avg_pool2d_arguments *arguments) {
  const pooling pool = POOLING_OF(arguments);
  const int32_t channels = arguments->channels;
  const float area = fixed_area(&pool, arguments->countPadding);
  float *out = arguments->out;
  for (int32_t plane = 0; plane < arguments->planes; plane++) {
    const float *x = arguments->x + plane * pool.height * pool.width * channels;
    for (int32_t row = 0; row < pool.outHeight; row++) {
      for (int32_t column = 0; column < pool.outWidth; column++, out += channels) {
        const window at = window_at(&pool, row, column);
        const float count = area > 0 ? area : (float)window_size(at);
        for (int32_t channel = 0; channel < channels; channel += LANES) {
          const int32_t start = vector_start(channel, channels), left = channels - start;
          const vector sum = left >= LANES ? sum_window(x + start, &pool, at, channels, LANES)
                                           : sum_window(x + start, &pool, at, channels, left);
          store_part(out + start, left, sum / count);
        }
      }
    }
  }
}

void avg_pool_gradient_channels(const avg_pool2d_gradient_arguments *arguments) {
  const pooling pool = POOLING_OF(arguments);
  const int32_t channels = arguments->channels;
  const float area = fixed_area(&pool, arguments->countPadding);
  const float *g = arguments->g;
  for (int32_t plane = 0; plane < arguments->planes; plane++) {
    float *out = arguments->out + plane * pool.height * pool.width * channels;
    fill_floats(out, 0, pool.height * pool.width * channels);
    for (int32_t row = 0; row < pool.outHeight; row++) {
      for (int32_t column = 0; column < pool.outWidth; column++, g += channels) {
        const window at = window_at(&pool, row, column);
        const float count = area > 0 ? area : (float)window_size(at);
        for (int32_t channel = 0; channel < channels; channel += LANES) {
          const int32_t left = channels - channel;
          const vector share = load_part(g + channel, left, 0) / count;
          for (int32_t y = at.top; y < at.bottom; y++) {
            for (int32_t x = at.left; x < at.right; x++) {
              float *to = out + (y * pool.width + x) * channels + channel;
              store_part(to, left, load_part(to, left, 0) + share);
            }
          }
        }
      }
    }
  }
}
