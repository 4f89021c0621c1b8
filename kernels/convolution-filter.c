// The gradient of conv2d for its filters: dw[column][tap] = Σ g[column][y, x] · image[tap + (y, x)] over the batch. The depth
// of this product are the pixels, so the output gradient is packed into panels [pixels][columns], a strip at a time.
#include "convolution.h"
#include "generated/kernel-table.h"

/** pixels of a strip: a panel of them stays in the first-level cache */
enum { STRIP_PIXELS = 1024 };

/** the panels of `rows` × `pixels` numbers of g in `columns` channels */
static void pack_gradient(
    const float *g, int32_t rows, int32_t pixels, int32_t columns, ptrdiff_t width, ptrdiff_t plane) {
  float *panel = gemm_panels;
  for (int32_t column = 0; column < columns; column += PANEL_COLUMNS, g += PANEL_COLUMNS * plane) {
    const int32_t count = smaller_of(PANEL_COLUMNS, columns - column);
    const int32_t step = pixels * gemm_panel_vectors(count) * LANES;
    for (int32_t row = 0; row < rows; row++, panel += step) gemm_pack(panel, g + row * width, pixels, count, 1, plane);
  }
}

/** what a strip of one image adds to dw [columns][channels][kernel], for the packed columns */
static void add_strip(
    const window *w,
    const prepared_image *image,
    int32_t channels,
    int32_t columns,
    float *out,
    int32_t kernelWidth,
    ptrdiff_t kernel,
    ptrdiff_t columnStride) {
  static const float zeros[PANEL_COLUMNS];
  const axis *v = &w->vertical, *h = &w->horizontal;
  ptrdiff_t offsets[TAPS_CAPACITY];
  tap_offsets(w, image, channels, offsets);
  // taps that lie next to each other in dw: all, unless the window is a part of the kernel
  const int32_t taps = channels * v->taps * h->taps, run = v->taps * h->taps == kernel ? taps : h->taps;
  float sums[RUN * PANEL_COLUMNS];
  gemm_tiles tiles = {
      .left = image->numbers,
      .panel = gemm_panels,
      .depth = h->outputs,
      .start = zeros,
      .outStride = PANEL_COLUMNS,
      .count = 1,
  };
  for (int32_t column = 0; column < columns; column += PANEL_COLUMNS, out += PANEL_COLUMNS * columnStride) {
    const int32_t count = smaller_of(PANEL_COLUMNS, columns - column);
    tiles.vectors = gemm_panel_vectors(count);
    for (int32_t tap = 0; tap < taps;) {
      const int32_t together = smaller_of(RUN, run - tap % run);
      for (int32_t i = 0; i < together; i += TILE_ROWS) {
        tiles.out = sums + i * PANEL_COLUMNS;
        tiles.rows = smaller_of(TILE_ROWS, together - i);
        gemm_tiles_of_rows(&tiles, offsets + tap + i, v->outputs, image->pitch - h->outputs);
      }
      const int32_t row = tap / h->taps, channel = row / v->taps;
      const ptrdiff_t position = (v->kernelIndex + row % v->taps) * kernelWidth + h->kernelIndex + tap % h->taps;
      store_transposed(sums, together, count, out + channel * kernel + position, 1, columnStride, 1);
      tap += together;
    }
    tiles.panel += v->outputs * h->outputs * PANEL_COLUMNS;
  }
}

/** the same for few columns, whose gradient is read where it lies */
static void add_narrow_strip(
    const conv2d_filter_gradient_arguments *p,
    const window *w,
    const prepared_image *image,
    int32_t channels,
    int32_t columns,
    const float *g,
    float *out,
    ptrdiff_t columnStride) {
  const axis *v = &w->vertical, *h = &w->horizontal;
  const int32_t taps = channels * v->taps * h->taps;
  ptrdiff_t offsets[TAPS_CAPACITY + 3];
  tap_offsets(w, image, channels, offsets);
  for (int32_t i = 0; i < 3; i++) offsets[taps + i] = 0;
  for (int32_t column = 0; column < columns; column++, out += columnStride) {
    for (int32_t tap = 0; tap < taps; tap += 4) {
      float dots[4];
      narrow_dots(g, p->outWidth, image->numbers, image->pitch, offsets + tap, v->outputs, h->outputs, dots);
      for (int32_t i = 0; i < smaller_of(4, taps - tap); i++) {
        const int32_t row = (tap + i) / h->taps, channel = row / v->taps;
        const int32_t kernelRow = channel * p->kernelHeight + v->kernelIndex + row % v->taps;
        out[kernelRow * p->kernelWidth + h->kernelIndex + (tap + i) % h->taps] += dots[i];
      }
    }
    g += (ptrdiff_t)p->outHeight * p->outWidth;
  }
}

static void filter_gradient(const conv2d_filter_gradient_arguments *p, const window *w) {
  const strip_size fitting = strip_of(w, p->inChannels / p->groups);
  if (fitting.rows == 0 || w->horizontal.outputs * PANEL_COLUMNS > PANEL_CAPACITY) {
    window halves[2];
    // halves of the outputs would both add to the same filters
    window_halves(w, halves);
    filter_gradient(p, &halves[0]);
    filter_gradient(p, &halves[1]);
    return;
  }
  const int32_t sources = p->inChannels / p->groups, columns = p->outChannels / p->groups;
  const ptrdiff_t kernel = (ptrdiff_t)p->kernelHeight * p->kernelWidth, columnStride = sources * kernel;
  const ptrdiff_t plane = (ptrdiff_t)p->outHeight * p->outWidth;
  const ptrdiff_t sourcePlane = (ptrdiff_t)p->height * p->width;
  const axis *h = &w->horizontal;
  int32_t rows = STRIP_PIXELS / h->outputs;
  rows = smaller_of(fitting.rows, rows > 0 ? rows : 1);
  const int32_t block = PANEL_CAPACITY / (rows * h->outputs) / PANEL_COLUMNS * PANEL_COLUMNS;

  for (int32_t image = 0; image < p->batch * p->groups; image++) {
    const int32_t group = image % p->groups;
    for (int32_t row = 0; row < w->vertical.outputs; row += rows) {
      const window strip = {axis_outputs(w->vertical, row, smaller_of(rows, w->vertical.outputs - row)), *h};
      for (int32_t column = 0; column < columns; column += block) {
        const int32_t count = smaller_of(block, columns - column);
        const float *g = p->g + (image * (ptrdiff_t)columns + column) * plane + row * p->outWidth + h->outputStart;
        if (columns > NARROW) pack_gradient(g, strip.vertical.outputs, h->outputs, count, p->outWidth, plane);
        for (int32_t source = 0; source < sources; source += fitting.channels) {
          const int32_t channels = smaller_of(fitting.channels, sources - source);
          const float *x = p->x + (image * (ptrdiff_t)sources + source) * sourcePlane;
          const prepared_image prepared = prepare_image(&strip, x, channels, 0);
          float *out = p->out + (group * columns + column) * columnStride + source * kernel;
          if (columns > NARROW) add_strip(&strip, &prepared, channels, count, out, p->kernelWidth, kernel, columnStride);
          else add_narrow_strip(p, &strip, &prepared, channels, count, g, out, columnStride);
        }
      }
    }
  }
}

void tatami_conv2d_filter_gradient(const conv2d_filter_gradient_arguments *p) {
  const ptrdiff_t count = (ptrdiff_t)p->outChannels * (p->inChannels / p->groups) * p->kernelHeight * p->kernelWidth;
  for (ptrdiff_t i = 0; i < count; i++) p->out[i] = 0;
  const window w = CONVOLUTION_WINDOW(p);
  filter_gradient(p, &w);
}
