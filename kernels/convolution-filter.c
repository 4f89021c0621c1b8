// The gradient of conv2d for its filters, direct: dw[y][x][channel][column] = Σ image · g over the pixels. The products of a
// row of taps read numbers next to each other, so images keep their layout and only get zeros around them.
#include "convolution-direct.h"
#include "scratch.h"
#include "tile.h"

/** floats of a band of the image and of g: what the tiles read again and again */
enum { BAND = 8 * 1024 };

/** A band of outputs and the channels it is summed for. */
typedef struct {
  int32_t rows;
  int32_t columns;
  int32_t channels;
} block_size;

/** a band of images [row][column][channel] with zeros around them */
typedef struct {
  const float *numbers;
  ptrdiff_t rowStride;
  ptrdiff_t columnStride;
} bordered_image;

static int32_t input_size(const axis *a, int32_t outputs) { return (outputs - 1) * a->stride + axis_reach(a) + 1; }

/** Channels 0 where not even one pixel of one channel fits. */
static block_size size_blocks(const conv2d_filter_gradient_arguments *p, const window *w) {
  const axis *v = &w->vertical, *h = &w->horizontal;
  block_size block = {.rows = 1, .columns = h->outputs, .channels = p->inChannels / p->groups};
  while (block.columns * (int64_t)p->outChannels > FILTER_CAPACITY) block.columns = parts_of(block.columns, 2);
  for (;;) {
    const int64_t row = (int64_t)input_size(h, block.columns) * block.channels;
    if (row * input_size(v, 1) <= IMAGE_CAPACITY) break;
    if (block.channels > 2 * LANES) block.channels = parts_of(block.channels, 2);
    else if (block.columns > 1) block.columns = parts_of(block.columns, 2);
    else if (block.channels > 1) block.channels = parts_of(block.channels, 2);
    else return (block_size){0};
  }
  const int64_t imageRow = (int64_t)input_size(h, block.columns) * block.channels * v->stride;
  const int64_t gradientRow = block.columns * (int64_t)p->outChannels;
  const int64_t roomForImage = IMAGE_CAPACITY / (imageRow / v->stride) - axis_reach(v) - 1;
  const int64_t fittingImage = roomForImage / v->stride + 1, fittingBand = BAND / (imageRow + gradientRow);
  const int32_t fitting = larger_of(1, (int32_t)(fittingImage < fittingBand ? fittingImage : fittingBand));
  block.rows = parts_of(v->outputs, parts_of(v->outputs, fitting));
  return block;
}

/** the part of an image that `band` reads, `channels` of it from `source` on */
static bordered_image border_image(const window *band, const float *source, ptrdiff_t stride, int32_t channels) {
  const axis *v = &band->vertical, *h = &band->horizontal;
  const int32_t rows = input_size(v, v->outputs), columns = input_size(h, h->outputs);
  const int32_t inside = v->padding <= 0 && rows - v->padding <= v->size && h->padding <= 0 && columns - h->padding <= h->size;
  const ptrdiff_t sourceRow = h->size * stride;
  if (inside && stride == channels) {
    return (bordered_image){source - v->padding * sourceRow - h->padding * stride, sourceRow, stride};
  }
  const ptrdiff_t row = (ptrdiff_t)columns * channels;
  for (int32_t y = 0; y < rows; y++) {
    const int32_t from = y - v->padding;
    float *to = scratch.images + y * row;
    if (from < 0 || from >= v->size) fill_floats(to, 0, (int32_t)row);
    else copy_bordered_row(to, h, columns, source + from * sourceRow, stride, channels);
  }
  return (bordered_image){scratch.images, row, channels};
}

/** g of a group where `band` begins, from which whole vectors may be read for every pixel */
static const float *readable_gradient(
    const conv2d_filter_gradient_arguments *p, const window *band, int32_t image, int32_t group, ptrdiff_t *rowStride) {
  const axis *v = &band->vertical, *h = &band->horizontal;
  const ptrdiff_t pixel = p->outChannels, row = p->outWidth * pixel, all = p->outHeight * row;
  const int32_t columns = p->outChannels / p->groups;
  const float *g = p->g + image * all + v->outputStart * row + h->outputStart * pixel;
  const float *lastPixel = g + (v->outputs - 1) * row + (h->outputs - 1) * pixel + group * columns;
  const float *lastVector = lastPixel + (columns - 1) / LANES * LANES;
  *rowStride = row;
  if (lastVector + LANES <= p->g + p->batch * all) return g + group * columns;
  const int32_t used = h->outputs * p->outChannels;
  for (int32_t y = 0; y < v->outputs; y++) copy_floats(scratch.filters + y * (ptrdiff_t)used, g + y * row, used);
  *rowStride = used;
  return scratch.filters + group * columns;
}

/** dw of one band, `channels` channels of it from `channel` on */
static void add_band(
    const conv2d_filter_gradient_arguments *p,
    const window *band,
    int32_t image,
    int32_t group,
    int32_t channel,
    int32_t channels) {
  const axis *v = &band->vertical, *h = &band->horizontal;
  const int32_t sources = p->inChannels / p->groups, columns = p->outChannels / p->groups;
  const float *x = p->x + image * (ptrdiff_t)p->height * p->width * p->inChannels + group * sources + channel;
  const bordered_image bordered = border_image(band, x, p->inChannels, channels);
  ptrdiff_t gradientRow;
  const float *g = readable_gradient(p, band, image, group, &gradientRow);
  // taps next to each other are rows of one run
  const int32_t joined = h->tapStep == 1 && channels == sources && bordered.columnStride == channels;
  pixel_tiles tiles = {
      .leftStep = h->stride * bordered.columnStride,
      .right = g,
      .rightStep = p->outChannels,
      .pixels = h->outputs,
      .runs = v->outputs,
      .leftRun = v->stride * bordered.rowStride,
      .rightRun = gradientRow,
      .rows = joined ? h->taps * channels : channels,
      .columns = columns,
      .outStride = p->outChannels,
      .accumulate = 1,
  };
  for (int32_t y = 0; y < v->taps; y++) {
    const float *row = bordered.numbers + (v->tapPosition + y * v->tapStep) * bordered.rowStride;
    float *out = p->out + (v->kernelIndex + y) * (ptrdiff_t)p->kernelWidth * sources * p->outChannels + group * columns;
    for (int32_t x = 0; x < (joined ? 1 : h->taps); x++) {
      tiles.left = row + (h->tapPosition + x * h->tapStep) * bordered.columnStride;
      tiles.out = out + ((h->kernelIndex + x) * (ptrdiff_t)sources + channel) * p->outChannels;
      sum_over_pixels(&tiles);
    }
  }
}

static void add_filter_gradient(const conv2d_filter_gradient_arguments *p, const window *w) {
  const block_size block = size_blocks(p, w);
  if (block.channels == 0) {
    window halves[2];
    window_halves(w, halves);
    add_filter_gradient(p, &halves[0]);
    add_filter_gradient(p, &halves[1]);
    return;
  }
  const int32_t sources = p->inChannels / p->groups;
  for (int32_t image = 0; image < p->batch; image++) {
    for (int32_t row = 0; row < p->outHeight; row += block.rows) {
      for (int32_t column = 0; column < p->outWidth; column += block.columns) {
        const window band = {
            axis_outputs(w->vertical, row, smaller_of(block.rows, p->outHeight - row)),
            axis_outputs(w->horizontal, column, smaller_of(block.columns, p->outWidth - column)),
        };
        for (int32_t group = 0; group < p->groups; group++) {
          for (int32_t channel = 0; channel < sources; channel += block.channels) {
            add_band(p, &band, image, group, channel, smaller_of(block.channels, sources - channel));
          }
        }
      }
    }
  }
}

void correlate_gradient(const conv2d_filter_gradient_arguments *p, const window *w) {
  const int32_t taps = p->kernelHeight * p->kernelWidth;
  if (!p->accumulate) fill_floats(p->out, 0, taps * (p->inChannels / p->groups) * p->outChannels);
  add_filter_gradient(p, w);
}
