// The gradient of a 3 × 3 filter by Winograd's transforms: transformed tiles of the image times those of the output gradient,
// summed over the tiles at each of 36 positions, and the sums transformed back.
#include "scratch.h"
#include "tile.h"
#include "winograd-transforms.h"
#include "winograd.h"

#define STORE_GRADIENT(row, column, value) store(to + ((row) * TILE_INPUTS + (column)) * stride, value)

/** A g Aᵀ of a vector of columns of a tile that lies inside of g */
static __attribute__((noinline)) void transform_vector(
    const float *g, ptrdiff_t rowStride, ptrdiff_t columnStride, float *to, ptrdiff_t stride) {
#define LOAD_GRADIENT(row, column) load(g + (row) * rowStride + (column) * columnStride)
  TRANSFORM_SQUARE(transform_gradient, 4, 6, LOAD_GRADIENT, STORE_GRADIENT)
}

/** the same of any tile: `rows` × `columns` of it lie inside */
static void transform_part(
    const float *g,
    ptrdiff_t rowStride,
    ptrdiff_t columnStride,
    int32_t rows,
    int32_t columns,
    const float *end,
    float *to,
    ptrdiff_t stride) {
  float square[TILE_OUTPUTS * TILE_OUTPUTS * LANES];
  for (int32_t row = 0; row < TILE_OUTPUTS; row++) {
    for (int32_t column = 0; column < TILE_OUTPUTS; column++) {
      const int32_t inside = row < rows && column < columns;
      const vector numbers = inside ? load_before(g + row * rowStride + column * columnStride, end) : splat(0);
      store(square + (row * TILE_OUTPUTS + column) * LANES, numbers);
    }
  }
  transform_vector(square, TILE_OUTPUTS * LANES, LANES, to, stride);
}

/** tiles first..first + count of `columns` columns of g, from `column` on, into scratch.products */
static void transform_gradients(
    const conv2d_filter_gradient_arguments *p,
    const winograd_tiles *tiles,
    int32_t first,
    int32_t count,
    int32_t column,
    int32_t columns) {
  const ptrdiff_t pixel = p->outChannels, row = p->outWidth * pixel, image = p->outHeight * row;
  const float *end = p->g + p->batch * image;
  float *products = scratch.products;
  tile_place place = place_of_tile(tiles, first);
  for (int32_t tile = 0; tile < count; tile++, place = next_place(tiles, place)) {
    const float *g = p->g + place.image * image + place.row * row + place.column * pixel + column;
    const float *last = g + (TILE_OUTPUTS - 1) * (row + pixel);
    const int32_t rows = p->outHeight - place.row, across = p->outWidth - place.column;
    const int32_t inside = rows >= TILE_OUTPUTS && across >= TILE_OUTPUTS && end - last >= tiles->columns;
    float *to = products + tile * (ptrdiff_t)tiles->columns;
    prefetch_rows(g + TILE_OUTPUTS * row, row, TILE_OUTPUTS * p->outChannels);
    for (int32_t n = 0; n < columns; n += LANES) {
      if (inside) transform_vector(g + n, row, pixel, to + n, tiles->productStride);
      else transform_part(g + n, row, pixel, rows, across, end, to + n, tiles->productStride);
    }
  }
}

/** scratch.filters[position][channel][column] += inputs · gradients over `count` tiles */
static void multiply_tiles(const winograd_tiles *tiles, int32_t count, ptrdiff_t sumStride, int32_t accumulate) {
  pixel_tiles product = {
      .leftStep = LANES,
      .rightStep = tiles->columns,
      .pixels = count,
      .runs = 1,
      .columns = tiles->columns,
      .outStride = tiles->columns,
      .accumulate = accumulate,
  };
  for (int32_t position = 0; position < POSITIONS; position++) {
    product.right = scratch.products + position * tiles->productStride;
    for (int32_t channel = 0; channel < tiles->source.channels; channel += LANES) {
      product.left = scratch.inputs + position * tiles->inputStride + channel * (ptrdiff_t)tiles->block;
      product.rows = smaller_of(LANES, tiles->source.channels - channel);
      product.out = scratch.filters + position * sumStride + channel * (ptrdiff_t)tiles->columns;
      sum_over_pixels(&product);
    }
  }
}

/** Gᵀ u G of a vector of columns; tap (row, column) goes to out[row · rowStride + column · columnStride] */
static __attribute__((noinline)) void finish_vector(
    const float *u, ptrdiff_t stride, float *out, ptrdiff_t rowStride, ptrdiff_t columnStride, int32_t accumulate) {
  vector taps[9];
#define LOAD_SUM(row, column) load(u + ((row) * TILE_INPUTS + (column)) * stride)
#define KEEP_TAP(row, column, value) taps[(row) * 3 + (column)] = value
  TRANSFORM_SQUARE(transform_filter_gradient, 6, 3, LOAD_SUM, KEEP_TAP)
  UNROLLED for (int i = 0; i < 9; i++) {
    float *tap = out + i / 3 * rowStride + i % 3 * columnStride;
    if (accumulate) taps[i] += load(tap);
    store(tap, taps[i]);
  }
}

/** the same where only `valid` columns of a vector are there */
static void finish_part(const float *u, ptrdiff_t stride, float *out, ptrdiff_t tapStride, int32_t valid, int32_t accumulate) {
  float taps[9 * LANES];
  finish_vector(u, stride, taps, 3 * LANES, LANES, 0);
  for (int32_t i = 0; i < 9; i++, out += tapStride) {
    vector sum = load(taps + i * LANES);
    if (accumulate) sum += load_few(out, valid, 0);
    store_few(out, valid, sum);
  }
}

void winograd_filter_gradient(const conv2d_filter_gradient_arguments *p, const window *w) {
  const channel_images source = {
      .numbers = p->x,
      .end = p->x + p->batch * (ptrdiff_t)p->height * p->width * p->inChannels,
      .stride = p->inChannels,
      .batch = p->batch,
      .channels = p->inChannels,
  };
  const winograd_tiles tiles = lay_out_tiles(&source, w, p->outChannels);
  const ptrdiff_t sumStride = p->inChannels * (ptrdiff_t)tiles.columns + LANES;
  const ptrdiff_t tapStride = p->inChannels * (ptrdiff_t)p->outChannels;
  for (int32_t column = 0; column < p->outChannels; column += tiles.columns) {
    const int32_t columns = smaller_of(tiles.columns, p->outChannels - column);
    for (int32_t tile = 0; tile < tiles.count; tile += tiles.block) {
      const int32_t count = smaller_of(tiles.block, tiles.count - tile);
      if (column == 0 || tiles.block < tiles.count) transform_tiles(&tiles, tile, count, 0);
      transform_gradients(p, &tiles, tile, count, column, columns);
      multiply_tiles(&tiles, count, sumStride, tile > 0);
    }
    for (int32_t channel = 0; channel < p->inChannels; channel++) {
      for (int32_t n = 0; n < columns; n += LANES) {
        const float *sums = scratch.filters + channel * (ptrdiff_t)tiles.columns + n;
        float *out = p->out + channel * (ptrdiff_t)p->outChannels + column + n;
        if (columns - n >= LANES) finish_vector(sums, sumStride, out, 3 * tapStride, tapStride, p->accumulate);
        else finish_part(sums, sumStride, out, tapStride, columns - n, p->accumulate);
      }
    }
  }
}
