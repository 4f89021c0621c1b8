// Depthwise convolution, forward and for the input gradient.
#include "depthwise.h"
#include "scratch.h"

window depthwise_band(const window *of, int32_t channels) {
  window band = *of;
  const int32_t taps = of->vertical.taps * of->horizontal.taps;
  if (taps > TAP_CAPACITY || taps * (int64_t)(channels + LANES) > FILTER_CAPACITY) band.vertical.outputs = 0;
  while (band.vertical.outputs > 0 && lay_out_images(&band, LANES, 1).size > IMAGE_CAPACITY) {
    int32_t *outputs = band.vertical.outputs > 1 ? &band.vertical.outputs : &band.horizontal.outputs;
    if (*outputs > 1) *outputs = parts_of(*outputs, 2);
    else band.vertical.outputs = 0;
  }
  return band;
}

int32_t depthwise_taps(const window *w, const image_layout *layout, int32_t kernelWidth) {
  const axis *v = &w->vertical, *h = &w->horizontal;
  int32_t count = 0;
  for (int32_t y = 0; y < v->taps; y++) {
    for (int32_t x = 0; x < h->taps; x++, count++) {
      scratch.runs[count] = (int32_t)tap_offset(w, layout, y, x);
      scratch.filterRows[count] = (v->kernelIndex + y * v->kernelStep) * kernelWidth + h->kernelIndex + x * h->kernelStep;
    }
  }
  return count;
}

/** One vector of channels: what its tiles have in common. */
typedef struct {
  const int32_t *taps;
  int32_t tapCount;
  /** [tap][channel] */
  const float *filter;
  int32_t channels;
  vector bias;
  vector floor;
  int32_t valid;
  ptrdiff_t outStep;
} channel_tiles;

ALWAYS_INLINE void tile(const int windows, const channel_tiles *t, const float *image, float *out) {
  vector sums[TILE_SUMS];
  UNROLLED for (int i = 0; i < windows; i++) sums[i] = t->bias;
  const float *filter = t->filter;
  NOT_UNROLLED for (int32_t tap = 0; tap < t->tapCount; tap++, filter += t->channels) {
    const float *window = image + t->taps[tap];
    OPAQUE(window);
    const vector factor = load(filter);
    UNROLLED for (int i = 0; i < windows; i++) sums[i] += factor * load(window + i * LANES);
  }
  UNROLLED for (int i = 0; i < windows; i++, out += t->outStep) store_part(out, t->valid, at_least(sums[i], t->floor));
}

typedef void tile_function(const channel_tiles *, const float *, float *);

#define TILE(windows)                                                                                            \
  static __attribute__((noinline)) void tile_##windows(const channel_tiles *t, const float *image, float *out) { \
    tile(windows, t, image, out);                                                                                \
  }
TILE(1)
TILE(2)
TILE(3)
TILE(4)
TILE(5)
TILE(6)
TILE(7)
TILE(8)

static tile_function *const tiles[TILE_SUMS] = {tile_1, tile_2, tile_3, tile_4, tile_5, tile_6, tile_7, tile_8};

static void sum_row(const channel_tiles *t, int32_t windows, const float *image, float *out) {
  const int32_t count = parts_of(windows, TILE_SUMS), each = windows / count, more = windows % count;
  for (int32_t i = 0; i < count; i++) {
    const int32_t here = each + (i < more);
    tiles[here - 1](t, image, out);
    image += here * LANES;
    out += here * t->outStep;
  }
}

/** the filters with whole vectors of channels, [tap][channels]: the number of channels */
static int32_t pack_filters(const correlation *c, int32_t taps) {
  const int32_t channels = parts_of(c->groups, LANES) * LANES;
  for (int32_t tap = 0; tap < taps; tap++) {
    const float *from = c->w + scratch.filterRows[tap] * c->tapStride;
    float *to = scratch.filters + tap * (ptrdiff_t)channels;
    for (int32_t n = 0; n < channels; n += LANES) store(to + n, load_before(from + n, c->filterEnd));
  }
  return channels;
}

/** all channels of the outputs (row, column) and on, as many as a band has */
static void correlate_band(
    const correlation *c,
    const window *w,
    const window *whole,
    int32_t image,
    int32_t row,
    int32_t column,
    channel_tiles tiles) {
  const window band = {
      axis_outputs(w->vertical, row, whole->vertical.outputs),
      axis_outputs(w->horizontal, column, whole->horizontal.outputs),
  };
  const axis *v = &band.vertical, *h = &band.horizontal;
  const image_layout layout = lay_out_images(&band, LANES, 1);
  const int32_t rows = smaller_of(v->outputs, w->vertical.outputs - row);
  const int32_t windows = smaller_of(h->outputs, w->horizontal.outputs - column);
  const ptrdiff_t outPixel = c->groups, outRow = c->outWidth * outPixel;
  float *out = c->out + (image * (ptrdiff_t)c->outHeight + v->outputStart) * outRow + h->outputStart * outPixel;
  for (int32_t channel = 0; channel < c->groups; channel += LANES) {
    prepare_images(&band, &layout, &c->source, image, channel, LANES, scratch.images);
    tiles.filter = scratch.filters + channel;
    tiles.valid = c->groups - channel;
    tiles.bias = c->bias ? load_part(c->bias + channel, tiles.valid, 0) : splat(0);
    for (int32_t y = 0; y < rows; y++) {
      const float *prepared = scratch.images + y * v->stride * layout.rowStride;
      sum_row(&tiles, windows, prepared, out + y * v->outputStep * outRow + channel);
    }
  }
}

int32_t depthwise_correlate(const correlation *c, const window *w) {
  const window band = depthwise_band(w, c->groups);
  if (band.vertical.outputs == 0) return 0;
  const image_layout layout = lay_out_images(&band, LANES, 1);
  channel_tiles tiles = {
      .taps = scratch.runs,
      .tapCount = depthwise_taps(w, &layout, c->kernelWidth),
      .floor = splat(c->floor),
      .outStep = w->horizontal.outputStep * (ptrdiff_t)c->groups,
  };
  tiles.channels = pack_filters(c, tiles.tapCount);
  for (int32_t image = 0; image < c->source.batch; image++) {
    for (int32_t row = 0; row < w->vertical.outputs; row += band.vertical.outputs) {
      for (int32_t column = 0; column < w->horizontal.outputs; column += band.horizontal.outputs) {
        correlate_band(c, w, &band, image, row, column, tiles);
      }
    }
    if (c->pool) pool_images(c->pool, image, 1);
  }
  return 1;
}
