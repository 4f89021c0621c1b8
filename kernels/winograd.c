// Winograd convolution, forward and for the input gradient: transformed tiles times transformed filters at each of 36
// positions, the products transformed back.
#include "winograd.h"

#include "scratch.h"
#include "tile.h"
#include "winograd-transforms.h"

/** panels of the transformed filters: [panel][position][channel][column], positions one vector further apart */
static ptrdiff_t position_stride(int32_t channels, int32_t vectors) {
  return (ptrdiff_t)channels * vectors * LANES + LANES;
}

/** G w Gᵀ of a vector of columns; tap (row, column) at w[row · rowStride + column · columnStride] */
static __attribute__((noinline)) void transform_vector(
    const float *w, ptrdiff_t rowStride, ptrdiff_t columnStride, float *to, ptrdiff_t stride) {
#define LOAD_FILTER(row, column) load(w + (row) * rowStride + (column) * columnStride)
#define STORE_FILTER(row, column, value) store(to + ((row) * TILE_INPUTS + (column)) * stride, value)
  TRANSFORM_SQUARE(transform_filter, 3, 6, LOAD_FILTER, STORE_FILTER)
}

/** the same where the filters end within a vector */
static void transform_last_vector(
    const float *w, ptrdiff_t rowStride, ptrdiff_t columnStride, const float *end, float *to, ptrdiff_t stride) {
  float taps[9 * LANES];
  for (int32_t i = 0; i < 9; i++) store(taps + i * LANES, load_before(w + i / 3 * rowStride + i % 3 * columnStride, end));
  transform_vector(taps, 3 * LANES, LANES, to, stride);
}

/** `columns` columns of the filters, from `column` on */
static void transform_filters(const correlation *c, const window *w, int32_t column, int32_t columns) {
  const axis *v = &w->vertical, *h = &w->horizontal;
  // the filter as it lies over the image: tap t is read at tapPosition + t · tapStep
  const ptrdiff_t across = c->tapStride * h->tapStep, down = c->tapStride * c->kernelWidth * v->tapStep;
  const int32_t y = v->tapStep > 0 ? 0 : 2, x = h->tapStep > 0 ? 0 : 2;
  const float *filters = c->w + (y * c->kernelWidth + x) * c->tapStride + column;
  const int32_t channels = c->source.channels;
  // behind the farthest tap, and behind the nearest one where the taps are turned round
  const ptrdiff_t reach = larger_of(0, 2 * (int32_t)down) + larger_of(0, 2 * (int32_t)across) + LANES;
  float *panel = scratch.filters;
  for (int32_t from = 0; from < columns; from += PANEL_WIDTH) {
    const int32_t vectors = panel_vectors(columns - from);
    const ptrdiff_t stride = position_stride(channels, vectors);
    for (int32_t channel = 0; channel < channels; channel++) {
      for (int32_t i = 0; i < vectors; i++) {
        const float *vector = filters + channel * c->channelStride + from + i * LANES;
        float *to = panel + (channel * vectors + i) * LANES;
        if (c->filterEnd - vector >= reach) transform_vector(vector, down, across, to, stride);
        else transform_last_vector(vector, down, across, c->filterEnd, to, stride);
      }
    }
    panel += POSITIONS * stride;
  }
}

/** the runs of a position of the inputs: blocks of channels */
static void list_blocks(const winograd_tiles *tiles, window_tiles *product) {
  const int32_t channels = tiles->source.channels, blocks = channels / LANES, rest = channels % LANES;
  for (int32_t block = 0; block <= blocks; block++) scratch.runs[block] = block * tiles->block * LANES;
  product->runs = scratch.runs;
  product->runCounts[0] = blocks;
  product->runLengths[0] = LANES;
  product->runCounts[1] = rest > 0;
  product->runLengths[1] = rest;
}

/** scratch.products[position][tile][column] = inputs · filters at each position */
static void multiply_tiles(const winograd_tiles *tiles, window_tiles product, int32_t columns) {
  const float *panel = scratch.filters;
  for (int32_t column = 0; column < columns; column += PANEL_WIDTH) {
    product.vectors = panel_vectors(columns - column);
    const ptrdiff_t stride = position_stride(tiles->source.channels, product.vectors);
    for (int32_t position = 0; position < POSITIONS; position++, panel += stride) {
      product.panel = panel;
      product.image = scratch.inputs + position * tiles->inputStride;
      product.out = scratch.products + position * tiles->productStride + column;
      sum_over_taps(&product);
    }
  }
}

/** Where the outputs of a tile go: rows × columns of them lie inside the result. */
typedef struct {
  float *out;
  /** of the same numbers, or null */
  const float *mask;
  ptrdiff_t rowStride;
  ptrdiff_t columnStride;
  int32_t rows;
  int32_t columns;
  vector bias;
  vector floor;
} tile_output;

#define LOAD_PRODUCT(row, column) load(from + ((row) * TILE_INPUTS + (column)) * stride)
#define OUTPUT(row, column) (to->out + (row) * to->rowStride + (column) * to->columnStride)

/** a whole tile, a whole vector of columns */
static __attribute__((noinline)) void finish_tile(const float *from, ptrdiff_t stride, const tile_output *to) {
  const vector bias = to->bias, floor = to->floor;
#define STORE_OUTPUT(row, column, value) store(OUTPUT(row, column), at_least((value) + bias, floor))
  TRANSFORM_SQUARE(transform_output, 6, 4, LOAD_PRODUCT, STORE_OUTPUT)
}

static __attribute__((noinline)) void finish_masked_tile(const float *from, ptrdiff_t stride, const tile_output *to) {
#define MASK(row, column) load(to->mask + (row) * to->rowStride + (column) * to->columnStride)
#define STORE_MASKED(row, column, value) store(OUTPUT(row, column), select(MASK(row, column) > 0, value, splat(0)))
  TRANSFORM_SQUARE(transform_output, 6, 4, LOAD_PRODUCT, STORE_MASKED)
}

/** what lies inside of the result of any tile */
static void finish_part(const float *from, ptrdiff_t stride, const tile_output *to, int32_t valid) {
  float square[TILE_OUTPUTS * TILE_OUTPUTS * LANES];
  tile_output whole = *to;
  whole.out = square;
  whole.rowStride = TILE_OUTPUTS * LANES;
  whole.columnStride = LANES;
  finish_tile(from, stride, &whole);
  for (int32_t row = 0; row < to->rows; row++) {
    for (int32_t column = 0; column < to->columns; column++) {
      const ptrdiff_t place = row * to->rowStride + column * to->columnStride;
      const vector mask = to->mask ? load_part(to->mask + place, valid, 0) : splat(1);
      const vector value = load(square + row * whole.rowStride + column * LANES);
      store_part(to->out + place, valid, select(mask > 0, value, splat(0)));
    }
  }
}

/** Writes what sums of zeros are where only zeros go in. */
static void finish_empty_outputs(uint32_t empty, const tile_output *to, int32_t valid) {
  for (; empty; empty &= empty - 1) {
    const int32_t output = __builtin_ctz(empty), row = output / TILE_OUTPUTS, column = output % TILE_OUTPUTS;
    if (row < to->rows && column < to->columns) store_part(OUTPUT(row, column), valid, at_least(to->bias, to->floor));
  }
}

static void finish_tiles(
    const correlation *c, const winograd_tiles *tiles, int32_t first, int32_t count, int32_t column, int32_t columns) {
  const axis *v = &tiles->window.vertical, *h = &tiles->window.horizontal;
  const ptrdiff_t pixel = c->columns, row = c->outWidth * pixel;
  tile_output to = {.rowStride = row, .columnStride = pixel, .floor = splat(c->floor), .bias = splat(0)};
  tile_place place = place_of_tile(tiles, first);
  for (int32_t tile = 0; tile < count; tile++, place = next_place(tiles, place)) {
    const float *from = scratch.products + tile * (ptrdiff_t)tiles->columns;
    const ptrdiff_t start = (place.image * (ptrdiff_t)c->outHeight + place.row) * row + place.column * pixel + column;
    to.rows = smaller_of(TILE_OUTPUTS, v->outputs - place.row);
    to.columns = smaller_of(TILE_OUTPUTS, h->outputs - place.column);
    const int32_t whole = to.rows == TILE_OUTPUTS && to.columns == TILE_OUTPUTS;
    const uint32_t empty = c->mask ? 0 : scratch.emptyOutputs[tile];
    prefetch_rows(c->out + start + TILE_OUTPUTS * row, row, TILE_OUTPUTS * c->columns);
    if (c->mask) prefetch_rows(c->mask + start + TILE_OUTPUTS * row, row, TILE_OUTPUTS * c->columns);
    for (int32_t n = 0; n < columns; n += LANES) {
      if (c->bias) to.bias = load_part(c->bias + column + n, columns - n, 0);
      to.out = c->out + start + n;
      if (c->mask) to.mask = c->mask + start + n;
      if (!whole || columns - n < LANES) finish_part(from + n, tiles->productStride, &to, columns - n);
      else if (c->mask) finish_masked_tile(from + n, tiles->productStride, &to);
      else finish_tile(from + n, tiles->productStride, &to);
      if (empty) finish_empty_outputs(empty, &to, columns - n);
    }
  }
}

void winograd_correlate(const correlation *c, const window *w) {
  static const float zeros[PANEL_WIDTH];
  const winograd_tiles tiles = lay_out_tiles(&c->source, w, c->columns);
  window_tiles product = {
      .pitch = LANES,
      .lastColumns = LANES,
      .start = zeros,
      .floor = -__builtin_inff(),
      .positions = scratch.positions,
  };
  list_blocks(&tiles, &product);
  for (int32_t tile = 0; tile < tiles.block; tile++) scratch.positions[tile] = tile * tiles.columns;
  for (int32_t column = 0; column < c->columns; column += tiles.columns) {
    const int32_t columns = smaller_of(tiles.columns, c->columns - column);
    transform_filters(c, w, column, columns);
    const int32_t pools = c->pool && column + columns == c->columns;
    int32_t finished = 0;
    for (int32_t tile = 0; tile < tiles.count; tile += tiles.block) {
      product.windows = smaller_of(tiles.block, tiles.count - tile);
      if (column == 0 || tiles.block < tiles.count) {
        // what a mask lies over is a gradient, whose rounding decides nothing
        transform_tiles(&tiles, tile, product.windows, c->mask ? 0 : scratch.emptyOutputs);
      }
      multiply_tiles(&tiles, product, columns);
      finish_tiles(c, &tiles, tile, product.windows, column, columns);
      if (!pools) continue;
      const int32_t images = (tile + product.windows) / tiles.perImage;
      pool_images(c->pool, finished, images - finished);
      finished = images;
    }
  }
}
