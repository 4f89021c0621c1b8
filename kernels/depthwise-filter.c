// The filters' gradient of a depthwise convolution: lanes are channels, the sums of a few taps are kept in registers.
#include "depthwise.h"
#include "scratch.h"

/** A band of the image and of g, both prepared: one vector of channels. */
typedef struct {
  const float *image;
  ptrdiff_t imageRow;
  const float *g;
  int32_t rows;
  int32_t windows;
  /** [tap][channel] */
  float *out;
  int32_t channels;
  int32_t valid;
} gradient_band;

/** adds to the filters' numbers of taps first..first + taps */
ALWAYS_INLINE void tile(const int taps, const gradient_band *b, int32_t first) {
  vector sums[TILE_SUMS];
  const float *image[TILE_SUMS];
  UNROLLED for (int i = 0; i < taps; i++) {
    sums[i] = splat(0);
    image[i] = b->image + scratch.runs[first + i];
  }
  const float *g = b->g;
  for (int32_t row = 0; row < b->rows; row++) {
    NOT_UNROLLED for (ptrdiff_t at = row * b->imageRow, end = at + b->windows * LANES; at < end; at += LANES, g += LANES) {
      const vector factor = load(g);
      UNROLLED for (int i = 0; i < taps; i++) sums[i] += factor * load(image[i] + at);
    }
  }
  UNROLLED for (int i = 0; i < taps; i++) {
    float *out = b->out + scratch.filterRows[first + i] * (ptrdiff_t)b->channels;
    store_part(out, b->valid, load_part(out, b->valid, 0) + sums[i]);
  }
}

typedef void tile_function(const gradient_band *, int32_t);

#define TILE(taps) \
  static __attribute__((noinline)) void tile_##taps(const gradient_band *b, int32_t first) { tile(taps, b, first); }
TILE(1)
TILE(2)
TILE(3)
TILE(4)
TILE(5)
TILE(6)
TILE(7)
TILE(8)

static tile_function *const tiles[TILE_SUMS] = {tile_1, tile_2, tile_3, tile_4, tile_5, tile_6, tile_7, tile_8};

static void add_taps(const gradient_band *b, int32_t taps) {
  const int32_t count = parts_of(taps, TILE_SUMS), each = taps / count, more = taps % count;
  for (int32_t i = 0, first = 0; i < count; i++) {
    const int32_t here = each + (i < more);
    tiles[here - 1](b, first);
    first += here;
  }
}

/** g as an image of which every output reads its own pixel */
static axis own_pixels(int32_t size, int32_t first, int32_t count) {
  return (axis){.size = size, .padding = -first, .stride = 1, .taps = 1, .tapStep = 1, .outputs = count};
}

int32_t depthwise_gradient(const conv2d_filter_gradient_arguments *p, const window *w) {
  const int32_t channels = p->groups;
  const window size = depthwise_band(w, channels);
  if (size.vertical.outputs == 0) return 0;
  const image_layout layout = lay_out_images(&size, LANES, 1);
  const int32_t taps = depthwise_taps(w, &layout, p->kernelWidth);
  const ptrdiff_t xSize = p->batch * (ptrdiff_t)p->height * p->width * channels;
  const ptrdiff_t gSize = p->batch * (ptrdiff_t)p->outHeight * p->outWidth * channels;
  const channel_images x = {.numbers = p->x, .end = p->x + xSize, .stride = channels};
  const channel_images g = {.numbers = p->g, .end = p->g + gSize, .stride = channels};
  gradient_band band = {.image = scratch.images, .imageRow = w->vertical.stride * layout.rowStride, .channels = channels};
  if (!p->accumulate) fill_floats(p->out, 0, p->kernelHeight * p->kernelWidth * channels);
  for (int32_t image = 0; image < p->batch; image++) {
    for (int32_t row = 0; row < p->outHeight; row += size.vertical.outputs) {
      for (int32_t column = 0; column < p->outWidth; column += size.horizontal.outputs) {
        const window here = {
            axis_outputs(w->vertical, row, size.vertical.outputs),
            axis_outputs(w->horizontal, column, size.horizontal.outputs),
        };
        band.rows = smaller_of(size.vertical.outputs, p->outHeight - row);
        band.windows = smaller_of(size.horizontal.outputs, p->outWidth - column);
        const window own = {own_pixels(p->outHeight, row, band.rows), own_pixels(p->outWidth, column, band.windows)};
        const image_layout ownLayout = lay_out_images(&own, LANES, 1);
        band.g = scratch.inputs;
        for (int32_t channel = 0; channel < channels; channel += LANES) {
          prepare_images(&here, &layout, &x, image, channel, LANES, scratch.images);
          prepare_images(&own, &ownLayout, &g, image, channel, LANES, scratch.inputs);
          band.out = p->out + channel;
          band.valid = channels - channel;
          add_taps(&band, taps);
        }
      }
    }
  }
  return 1;
}
