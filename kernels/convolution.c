// conv2d and its gradient for the image: one correlation, out[column][y, x] = Σ weight · image, where the gradient reads the
// output gradient with the kernel turned round (a stride makes it several correlations, one for each phase of the image).
#include "convolution.h"

#include "elementwise.h"
#include "generated/kernel-table.h"

/** taps of one block: a panel, and what a tile reads of the image, fit a 32 KiB first-level cache together */
enum { DEPTH_BLOCK = 320 };

/** Sources are the channels read, columns the channels written, both within one group. */
typedef struct {
  const float *source;
  int32_t batch;
  int32_t groups;
  int32_t sources;
  int32_t columns;
  const float *w;
  ptrdiff_t groupStride;
  ptrdiff_t sourceStride;
  ptrdiff_t columnStride;
  int32_t kernelWidth;
  const float *bias;
  float *out;
  int32_t outHeight;
  int32_t outWidth;
  int32_t activation;
  float activationParameter;
} correlation;

/** some columns and sources of one group */
typedef struct {
  int32_t group;
  int32_t column;
  int32_t columns;
  int32_t source;
  int32_t sources;
  /** taps of all its sources */
  int32_t depth;
  /** out holds the sums of the blocks before */
  int32_t accumulate;
  /** out holds the result after this block */
  int32_t last;
} block;

static void activate(const correlation *c, float *out, ptrdiff_t count) {
  if (c->activation != TATAMI_IDENTITY) tatami_apply_activation(c->activation, c->activationParameter, out, count);
}

/** the panels [depth][columns] of the weights, or rows [depth] of each column where the columns are few */
static void pack_weights(const correlation *c, const window *w, const block *b) {
  const float *weights = c->w + b->group * c->groupStride + b->column * c->columnStride + b->source * c->sourceStride;
  const int32_t most = c->columns > NARROW ? PANEL_COLUMNS : 1;
  float *panel = gemm_panels;
  for (int32_t column = 0; column < b->columns; column += most, weights += most * c->columnStride) {
    const int32_t count = smaller_of(most, b->columns - column);
    const int32_t width = most > 1 ? gemm_panel_vectors(count) * LANES : 1;
    for (int32_t source = 0; source < b->sources; source++) {
      for (int32_t v = 0; v < w->vertical.taps; v++) {
        const int32_t row = w->vertical.kernelIndex + v * w->vertical.kernelStep;
        for (int32_t h = 0; h < w->horizontal.taps; h++, panel += width) {
          const int32_t tap = row * c->kernelWidth + w->horizontal.kernelIndex + h * w->horizontal.kernelStep;
          const float *weight = weights + source * c->sourceStride + tap;
          for (int32_t i = 0; i < width; i++) panel[i] = i < count ? weight[i * c->columnStride] : 0;
        }
      }
    }
  }
}

/** one column along one row of outputs */
static void correlate_narrow_row(
    const axis *horizontal,
    const block *b,
    const float *row,
    const ptrdiff_t *offsets,
    int32_t column,
    const float *start,
    float *out) {
  const float *weights = gemm_panels + column * b->depth;
  const int32_t step = horizontal->outputStep;
  for (int32_t x = 0; x < horizontal->outputs; x += RUN) {
    const int32_t pixels = smaller_of(RUN, horizontal->outputs - x);
    float sums[RUN + 4 * LANES];
    narrow_row(weights, row + x, offsets, b->depth, pixels, *start, sums);
    float *to = out + x * step;
    for (int32_t i = 0; i < pixels; i++, to += step) *to = b->accumulate ? *to + sums[i] : sums[i];
  }
}

/** one panel of columns along one row of outputs: `row` is the image from its first tap on, `start` the bias */
static void correlate_row(
    const correlation *c,
    const axis *horizontal,
    const block *b,
    const float *row,
    const ptrdiff_t *offsets,
    int32_t column,
    const float *start,
    float *out) {
  const int32_t columns = smaller_of(PANEL_COLUMNS, b->columns - column);
  float sums[RUN * PANEL_COLUMNS];
  gemm_tiles tiles = {
      .panel = gemm_panels + (ptrdiff_t)column * b->depth,
      .depth = b->depth,
      .start = start,
      .outStride = PANEL_COLUMNS,
      .vectors = gemm_panel_vectors(columns),
      .leftStep = TILE_ROWS,
      .outStep = TILE_ROWS * PANEL_COLUMNS,
  };
  const int32_t step = horizontal->outputStep;
  for (int32_t x = 0; x < horizontal->outputs; x += RUN) {
    const int32_t pixels = smaller_of(RUN, horizontal->outputs - x);
    tiles.left = row + x;
    tiles.out = sums;
    tiles.rows = TILE_ROWS;
    tiles.count = pixels / TILE_ROWS;
    if (tiles.count > 0) gemm_tiles_of_columns(&tiles, offsets);
    tiles.left += tiles.count * TILE_ROWS;
    tiles.out += tiles.count * tiles.outStep;
    tiles.rows = pixels % TILE_ROWS;
    tiles.count = 1;
    if (tiles.rows > 0) gemm_tiles_of_columns(&tiles, offsets);
    store_transposed(sums, pixels, columns, out + x * step, step, (ptrdiff_t)c->outHeight * c->outWidth, b->accumulate);
  }
}

/** a strip of one image against one block of the weights; `source` and `out`: its first channels */
static void correlate_strip(
    const correlation *c, const window *strip, const block *b, const float *source, float *out) {
  const axis *v = &strip->vertical, *h = &strip->horizontal;
  const int32_t narrow = c->columns <= NARROW, step = narrow ? 1 : PANEL_COLUMNS;
  const prepared_image image = prepare_image(strip, source, b->sources, narrow);
  ptrdiff_t offsets[TAPS_CAPACITY];
  tap_offsets(strip, &image, b->sources, offsets);
  for (int32_t column = 0; column < b->columns; column += step) {
    float start[PANEL_COLUMNS] = {0};
    if (c->bias && !b->accumulate) {
      const float *bias = c->bias + b->group * c->columns + b->column + column;
      for (int32_t i = 0; i < smaller_of(step, b->columns - column); i++) start[i] = bias[i];
    }
    float *to = out + column * (ptrdiff_t)c->outHeight * c->outWidth + h->outputStart;
    for (int32_t y = 0; y < v->outputs; y++) {
      const float *from = image.numbers + y * image.pitch;
      float *row = to + (v->outputStart + y * v->outputStep) * (ptrdiff_t)c->outWidth;
      if (narrow) correlate_narrow_row(h, b, from, offsets, column, start, row);
      else correlate_row(c, h, b, from, offsets, column, start, row);
    }
  }
}

/** all images of the batch against one block of the weights */
static void correlate_block(const correlation *c, const window *w, const block *b, int32_t rows) {
  const ptrdiff_t sourcePlane = (ptrdiff_t)w->vertical.size * w->horizontal.size;
  const ptrdiff_t outPlane = (ptrdiff_t)c->outHeight * c->outWidth;
  for (int32_t n = 0; n < c->batch; n++) {
    const ptrdiff_t group = (ptrdiff_t)n * c->groups + b->group;
    const float *source = c->source + (group * c->sources + b->source) * sourcePlane;
    float *out = c->out + (group * c->columns + b->column) * outPlane;
    for (int32_t row = 0; row < w->vertical.outputs; row += rows) {
      const int32_t count = smaller_of(rows, w->vertical.outputs - row);
      const window strip = {axis_outputs(w->vertical, row, count), w->horizontal};
      correlate_strip(c, &strip, b, source, out);
    }
    if (b->last) activate(c, out, b->columns * outPlane);
  }
}

/** the size of the parts of a whole that are as even as parts of at most `most` (at least 1) can be */
static int32_t even_part(int32_t whole, int32_t most) {
  const int32_t parts = most < 1 ? whole : (whole + most - 1) / most;
  return (whole + parts - 1) / parts;
}

static void correlate(const correlation *c, const window *w, int32_t accumulate) {
  if (w->vertical.outputs <= 0 || w->horizontal.outputs <= 0) return;
  const int32_t taps = w->vertical.taps * w->horizontal.taps;
  const strip_size strip = strip_of(w, even_part(c->sources, DEPTH_BLOCK / (taps > 0 ? taps : 1)));
  if (strip.rows == 0) {
    window halves[2];
    const int32_t added = window_halves(w, halves);
    correlation half = *c;
    half.activation = TATAMI_IDENTITY;
    correlate(&half, &halves[0], accumulate);
    correlate(&half, &halves[1], accumulate || added);
    activate(c, c->out, c->batch * (ptrdiff_t)c->groups * c->columns * c->outHeight * c->outWidth);
    return;
  }
  const int32_t columns = PANEL_CAPACITY / (taps > 0 ? strip.channels * taps : 1) / PANEL_COLUMNS * PANEL_COLUMNS;
  for (int32_t group = 0; group < c->groups; group++) {
    for (int32_t column = 0; column < c->columns; column += columns) {
      for (int32_t source = 0; source < c->sources; source += strip.channels) {
        block b = {
            .group = group,
            .column = column,
            .columns = smaller_of(columns, c->columns - column),
            .source = source,
            .sources = smaller_of(strip.channels, c->sources - source),
            .accumulate = accumulate || source > 0,
            .last = source + strip.channels >= c->sources,
        };
        b.depth = b.sources * taps;
        pack_weights(c, w, &b);
        correlate_block(c, w, &b, strip.rows);
      }
    }
  }
}

static int32_t is_pointwise(const axis *a) {
  return a->taps == 1 && a->stride == 1 && a->padding == 0 && a->outputs == a->size && a->outputStep == 1;
}

/** A 1 × 1 kernel sees a plane as one long row: tiles need not end with the row. */
static void flatten(window *w) {
  axis *v = &w->vertical, *h = &w->horizontal;
  if (!is_pointwise(v) || !is_pointwise(h)) return;
  h->size *= v->size;
  h->outputs = h->size;
  v->size = v->outputs = 1;
}

void tatami_conv2d(const conv2d_arguments *p) {
  const int32_t sources = p->inChannels / p->groups, columns = p->outChannels / p->groups;
  const ptrdiff_t kernel = (ptrdiff_t)p->kernelHeight * p->kernelWidth;
  const correlation c = {
      .source = p->x,
      .batch = p->batch,
      .groups = p->groups,
      .sources = sources,
      .columns = columns,
      .w = p->w,
      .groupStride = columns * sources * kernel,
      .sourceStride = kernel,
      .columnStride = sources * kernel,
      .kernelWidth = p->kernelWidth,
      .bias = p->bias,
      .out = p->out,
      .outHeight = p->outHeight,
      .outWidth = p->outWidth,
      .activation = p->activation,
      .activationParameter = p->activationParameter,
  };
  window w = CONVOLUTION_WINDOW(p);
  flatten(&w);
  correlate(&c, &w, 0);
}

/**
 * The axis of the image's numbers i with (i + padding) % stride == phase: i = stride · a + phase − padding takes part in
 * output o = a − (tap · dilation − phase) / stride for every tap of the kernel where that is whole.
 */
static axis gradient_axis(
    int32_t phase, int32_t size, int32_t outputs, int32_t kernel, int32_t stride, int32_t padding, int32_t dilation) {
  int32_t first = 0, step = 1;
  while (first < kernel && (first * dilation - phase) % stride != 0) first++;
  while (step * dilation % stride != 0) step++;
  const int32_t taps = first < kernel ? (kernel - 1 - first) / step + 1 : 0;
  const int32_t apart = step * dilation / stride, farthest = taps ? (taps - 1) * apart : 0;
  const int32_t before = (first * dilation - phase) / stride;
  const int32_t a = padding > phase ? (padding - phase + stride - 1) / stride : 0;
  const int32_t start = stride * a + phase - padding;
  return (axis){
      .size = outputs,
      .padding = before + farthest - a,
      .stride = 1,
      .taps = taps,
      .tapPosition = farthest,
      .tapStep = -apart,
      .kernelIndex = first,
      .kernelStep = step,
      .outputs = start < size ? (size - 1 - start) / stride + 1 : 0,
      .outputStart = start,
      .outputStep = stride,
  };
}

void tatami_conv2d_input_gradient(const conv2d_input_gradient_arguments *p) {
  const int32_t sources = p->outChannels / p->groups, columns = p->inChannels / p->groups;
  const ptrdiff_t kernel = (ptrdiff_t)p->kernelHeight * p->kernelWidth;
  const correlation c = {
      .source = p->g,
      .batch = p->batch,
      .groups = p->groups,
      .sources = sources,
      .columns = columns,
      .w = p->w,
      .groupStride = columns * sources * kernel,
      .sourceStride = columns * kernel,
      .columnStride = kernel,
      .kernelWidth = p->kernelWidth,
      .out = p->out,
      .outHeight = p->height,
      .outWidth = p->width,
      .activation = TATAMI_IDENTITY,
  };
  for (int32_t y = 0; y < p->strideHeight; y++) {
    for (int32_t x = 0; x < p->strideWidth; x++) {
      window w = {
          gradient_axis(y, p->height, p->outHeight, p->kernelHeight, p->strideHeight, p->paddingTop, p->dilationHeight),
          gradient_axis(x, p->width, p->outWidth, p->kernelWidth, p->strideWidth, p->paddingLeft, p->dilationWidth),
      };
      flatten(&w);
      correlate(&c, &w, 0);
    }
  }
}
