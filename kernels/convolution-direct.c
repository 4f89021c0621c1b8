// Direct correlation, blocked: packed filters stay in the second-level cache while bands of prepared images go by. The order
// of the sums (channels in blocks, then taps) follows from the sizes alone.
#include "convolution-direct.h"
#include "tile.h"
#include "scratch.h"

/** floats of a band of images: a quarter of a second-level cache */
enum { BAND = 32 * 1024 };

/** interleaving more images than this is not worth their partial copies */
enum { MOST_IMAGES = 8 };

typedef struct {
  int32_t images;
  int32_t channels;
  /** of outputs */
  int32_t rows;
  int32_t columns;
} block_size;

/** how many images, interleaved, give rows of windows that fill the tiles best */
static int32_t best_images(int32_t batch, int32_t outputs, int32_t tileRows) {
  int32_t best = 1;
  float bestShare = 0;
  for (int32_t images = 1; images <= smaller_of(batch, MOST_IMAGES); images++) {
    const int32_t windows = images * outputs;
    const float share = (float)windows / (float)(parts_of(windows, tileRows) * tileRows);
    if (share > bestShare + 0.1f) best = images, bestShare = share;
  }
  return best;
}

/** Channels 0 where not even one window of one channel fits. */
static block_size size_blocks(const correlation *c, const window *w) {
  const int32_t taps = w->vertical.taps * w->horizontal.taps;
  block_size block = {
      .images = best_images(c->source.batch, w->horizontal.outputs, c->columns > LANES ? DOUBLE_ROWS : SINGLE_ROWS),
      .channels = c->source.channels,
      .rows = 1,
  };
  block.columns = smaller_of(w->horizontal.outputs, ROW_CAPACITY / block.images);
  image_layout layout;
  for (;;) {
    const window one = {axis_outputs(w->vertical, 0, 1), axis_outputs(w->horizontal, 0, block.columns)};
    layout = lay_out_images(&one, block.channels, block.images);
    const int32_t fits = layout.size <= IMAGE_CAPACITY;
    const int64_t runs = taps * (int64_t)parts_of(block.channels, layout.pitch);
    if (fits && runs <= TAP_CAPACITY && taps * (int64_t)block.channels * PANEL_WIDTH <= FILTER_CAPACITY) break;
    if (block.channels > LANES) block.channels = parts_of(block.channels / 2, LANES) * LANES;
    else if (!fits && block.columns > 1) block.columns = parts_of(block.columns, 2);
    else if (block.channels > 1) block.channels /= 2;
    else return (block_size){0};
  }
  const int32_t reach = axis_reach(&w->vertical), inputRows = (int32_t)(BAND / (layout.size / layout.rows));
  const int32_t fitting = (inputRows - reach - 1) / w->vertical.stride + 1;
  const int32_t bands = parts_of(w->vertical.outputs, larger_of(1, fitting));
  block.rows = parts_of(w->vertical.outputs, larger_of(1, bands));
  return block;
}

/** One pass over the batch: some channels of a group, for some columns. */
typedef struct {
  const correlation *c;
  const window *w;
  block_size block;
  /** of the group */
  channel_images source;
  const float *filters;
  int32_t channel;
  int32_t channels;
  /** the first one in the result, and their number */
  int32_t column;
  int32_t columns;
} pass;

/** the window of `rows` × `columns` outputs from (row, column) on, the size of all blocks: their taps are the same */
static window block_window(const pass *p, int32_t row, int32_t column) {
  return (window){
      axis_outputs(p->w->vertical, row, p->block.rows),
      axis_outputs(p->w->horizontal, column, p->block.columns),
  };
}

/** tap number `position` in the order of the image: of the gradient's taps, the last one is read first */
static int32_t tap_at(const axis *a, int32_t position) { return a->tapStep < 0 ? a->taps - 1 - position : position; }

/** the runs of the pass, in the order of the panels: blocks of channels, taps, channels */
static void list_runs(const pass *p, const image_layout *layout, window_tiles *tiles) {
  const axis *v = &p->w->vertical, *h = &p->w->horizontal;
  const int32_t pitch = layout->pitch, blocks = p->channels / pitch, rest = p->channels % pitch;
  // whole blocks of neighbouring columns are one run
  const int32_t neighbours = h->stride == 1 && axis_is_dense(h) && layout->images == 1;
  const int32_t joined = pitch > 1 && neighbours ? h->taps : 1;
  int32_t count = 0;
  for (int32_t block = 0; block < blocks + (rest > 0); block++) {
    for (int32_t y = 0; y < v->taps; y++) {
      for (int32_t x = 0; x < h->taps; x += block < blocks ? larger_of(1, joined) : 1) {
        const ptrdiff_t tap = tap_offset(p->w, layout, y, tap_at(h, x));
        scratch.runs[count++] = (int32_t)(block * layout->blockStride + tap);
      }
    }
  }
  tiles->pitch = pitch;
  tiles->runs = scratch.runs;
  tiles->runLengths[0] = joined * pitch;
  tiles->runLengths[1] = rest;
  tiles->runCounts[1] = rest > 0 ? v->taps * h->taps : 0;
  tiles->runCounts[0] = count - tiles->runCounts[1];
}

static float *pack_row(float *to, const float *row, int32_t vectors, const float *end) {
  for (int32_t i = 0; i < vectors; i++, to += LANES) store(to, load_before(row + i * LANES, end));
  return to;
}

/** panels of the filters; what does not fill a vector is filled with what comes next */
static void pack_filters(const pass *p, int32_t pitch) {
  const correlation *c = p->c;
  const axis *v = &p->w->vertical, *h = &p->w->horizontal;
  float *to = scratch.filters;
  for (int32_t column = 0; column < p->columns; column += PANEL_WIDTH) {
    const int32_t vectors = panel_vectors(p->columns - column);
    for (int32_t block = 0; block < p->channels; block += pitch) {
      const int32_t channels = smaller_of(pitch, p->channels - block);
      for (int32_t y = 0; y < v->taps; y++) {
        for (int32_t x = 0; x < h->taps; x++) {
          const int32_t down = v->kernelIndex + y * v->kernelStep;
          const int32_t tap = down * c->kernelWidth + h->kernelIndex + tap_at(h, x) * h->kernelStep;
          const float *row = p->filters + tap * c->tapStride + block * c->channelStride + column;
          for (int32_t i = 0; i < channels; i++, row += c->channelStride) to = pack_row(to, row, vectors, c->filterEnd);
        }
      }
    }
  }
}

/** Images prepared for a band; or those of the source, where they are laid out just so. */
static const float *ready_images(
    const pass *p, const window *band, const image_layout *layout, int32_t image, int32_t images) {
  const axis *v = &band->vertical, *h = &band->horizontal;
  const int32_t whole = h->padding == 0 && layout->rowStride == h->size && v->padding <= 0 && layout->rows - v->padding <= v->size;
  if (layout->pitch == 1 && p->source.stride == 1 && images == 1 && h->stride == 1 && whole) {
    return p->source.numbers + (image * (ptrdiff_t)v->size - v->padding) * h->size;
  }
  prepare_images(band, layout, &p->source, image, p->channel, p->channels, scratch.images);
  return scratch.images;
}

/** `rows` rows of outputs from such images, the first at tiles.out */
static void correlate_band(
    const pass *p, const image_layout *layout, window_tiles tiles, int32_t rows, ptrdiff_t outRow) {
  const float *images = tiles.image;
  const int32_t depth = p->channels * p->w->vertical.taps * p->w->horizontal.taps;
  const float *bias = p->channel == 0 ? p->c->bias : 0;
  float start[PANEL_WIDTH] = {0}, *out = tiles.out;
  tiles.start = start;
  tiles.panel = scratch.filters;
  for (int32_t column = 0; column < p->columns; column += PANEL_WIDTH) {
    const int32_t columns = smaller_of(PANEL_WIDTH, p->columns - column);
    if (bias) copy_floats(start, bias + p->column + column, columns);
    tiles.vectors = panel_vectors(columns);
    tiles.lastColumns = columns - (tiles.vectors - 1) * LANES;
    for (int32_t row = 0; row < rows; row++) {
      tiles.image = images + row * p->w->vertical.stride * layout->rowStride;
      tiles.out = out + row * outRow + column;
      sum_over_taps(&tiles);
    }
    tiles.panel += depth * tiles.vectors * LANES;
  }
}

/** where in the result each window of a row lies */
static void list_positions(const pass *p, int32_t images, ptrdiff_t outPixel) {
  const ptrdiff_t outImage = p->c->outHeight * (ptrdiff_t)p->c->outWidth * outPixel;
  int32_t *position = scratch.positions;
  for (int32_t column = 0; column < p->block.columns; column++) {
    for (int32_t image = 0; image < images; image++) {
      *position++ = (int32_t)(image * outImage + column * p->w->horizontal.outputStep * outPixel);
    }
  }
}

static void correlate_images(const pass *p, window_tiles tiles, int32_t image, int32_t images) {
  const correlation *c = p->c;
  const axis *v = &p->w->vertical, *h = &p->w->horizontal;
  const ptrdiff_t outPixel = (ptrdiff_t)c->groups * c->columns, outRow = c->outWidth * outPixel;
  for (int32_t row = 0; row < v->outputs; row += p->block.rows) {
    for (int32_t column = 0; column < h->outputs; column += p->block.columns) {
      const window band = block_window(p, row, column);
      const image_layout layout = lay_out_images(&band, p->channels, images);
      tiles.image = ready_images(p, &band, &layout, image, images);
      tiles.windows = smaller_of(p->block.columns, h->outputs - column) * images;
      tiles.out = c->out + (image * (ptrdiff_t)c->outHeight + band.vertical.outputStart) * outRow +
                  band.horizontal.outputStart * outPixel + p->column;
      correlate_band(p, &layout, tiles, smaller_of(p->block.rows, v->outputs - row), v->outputStep * outRow);
    }
  }
}

static void correlate_batch(const pass *p) {
  const correlation *c = p->c;
  const window band = block_window(p, 0, 0);
  const int32_t last = p->channel + p->channels == c->source.channels;
  const int32_t pools = c->pool && last && p->column + p->columns == c->groups * c->columns;
  window_tiles tiles = {
      .positions = scratch.positions,
      .floor = last ? c->floor : -__builtin_inff(),
      .accumulate = c->accumulate || p->channel > 0,
  };
  int32_t listed = 0;
  for (int32_t image = 0; image < c->source.batch; image += p->block.images) {
    const int32_t images = smaller_of(p->block.images, c->source.batch - image);
    if (images != listed) {
      const image_layout layout = lay_out_images(&band, p->channels, images);
      list_runs(p, &layout, &tiles);
      list_positions(p, images, (ptrdiff_t)c->groups * c->columns);
      // another number of images moves the runs, in the same order
      if (listed == 0) pack_filters(p, layout.pitch);
      listed = images;
    }
    correlate_images(p, tiles, image, images);
    if (pools) pool_images(c->pool, image, images);
  }
}

/** half of the taps, then the other half added to it */
static void correlate_halves(const correlation *c, const window *w) {
  window halves[2];
  correlation first = *c, second = *c;
  window_halves(w, halves);
  first.floor = -__builtin_inff();
  first.pool = 0;
  second.bias = 0;
  second.accumulate = 1;
  correlate(&first, &halves[0]);
  correlate(&second, &halves[1]);
}

void correlate(const correlation *c, const window *w) {
  pass p = {.c = c, .w = w, .block = size_blocks(c, w)};
  if (p.block.channels == 0) return correlate_halves(c, w);
  const int32_t depth = larger_of(1, w->vertical.taps * w->horizontal.taps * p.block.channels);
  const int32_t fitting = FILTER_CAPACITY / depth / PANEL_WIDTH * PANEL_WIDTH;
  for (int32_t group = 0; group < c->groups; group++) {
    p.source = c->source;
    p.source.numbers += group * c->source.channels;
    for (int32_t column = 0; column < c->columns; column += fitting) {
      p.column = group * c->columns + column;
      p.columns = smaller_of(fitting, c->columns - column);
      for (p.channel = 0; p.channel < c->source.channels; p.channel += p.block.channels) {
        p.channels = smaller_of(p.block.channels, c->source.channels - p.channel);
        p.filters = c->w + group * c->groupStride + p.channel * c->channelStride + column;
        correlate_batch(&p);
      }
    }
  }
}
