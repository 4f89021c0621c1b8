// Tiles of images for Winograd convolution: how many at a time, where they lie, their transforms.
#include "scratch.h"
#include "tile.h"
#include "winograd-transforms.h"
#include "winograd.h"

/** floats of a block of tiles, transformed and multiplied: 400 KB of a second-level cache */
enum { BLOCK = 100 * 1024 };

/** tiles that a register tile wants at least, where they fit */
enum { FEWEST_TILES = 16, MOST_TILES = 128 };

int32_t winograd_pays(const window *w, int32_t batch, int32_t channels, int32_t columns) {
  const axis *v = &w->vertical, *h = &w->horizontal;
  const int32_t plain = v->taps == 3 && h->taps == 3 && v->stride == 1 && h->stride == 1 && v->outputStep == 1 &&
                        h->outputStep == 1 && axis_is_dense(v) && axis_is_dense(h);
  if (!plain || (channels + 1) * LANES * POSITIONS > FILTER_CAPACITY) return 0;
  // four times fewer products, from which the transforms take the more, the fewer channels there are; measured
  const int32_t tiles = parts_of(v->outputs, TILE_OUTPUTS) * parts_of(h->outputs, TILE_OUTPUTS);
  const float used = (float)(v->outputs * h->outputs) / (float)(tiles * TILE_OUTPUTS * TILE_OUTPUTS);
  const int32_t fewest = smaller_of(channels, columns);
  return fewest >= 8 && used >= (fewest < 16 ? 0.9f : fewest < 32 ? 0.6f : 0.5f) && batch * tiles >= 4;
}

winograd_tiles lay_out_tiles(const channel_images *source, const window *w, int32_t columns) {
  const int32_t across = parts_of(w->horizontal.outputs, TILE_OUTPUTS);
  const int32_t perImage = across * parts_of(w->vertical.outputs, TILE_OUTPUTS);
  const int32_t channels = parts_of(source->channels, LANES) * LANES;
  const int32_t fitting = FILTER_CAPACITY / POSITIONS / (source->channels * PANEL_WIDTH + LANES) * PANEL_WIDTH;
  winograd_tiles tiles = {
      .source = *source,
      .window = *w,
      .across = across,
      .perImage = perImage,
      .count = source->batch * perImage,
      .columns = smaller_of(larger_of(LANES, fitting), parts_of(columns, LANES) * LANES),
  };
  const int32_t wanted = larger_of(FEWEST_TILES, BLOCK / POSITIONS / (channels + tiles.columns));
  const int32_t largest = TILE_CAPACITY / POSITIONS / larger_of(channels, tiles.columns) - 1;
  const int32_t block = smaller_of(MOST_TILES, smaller_of(wanted, largest));
  tiles.block = parts_of(tiles.count, parts_of(tiles.count, block));
  // positions are an odd number of vectors apart: at powers of two they would share the lines of a cache
  tiles.inputStride = (ptrdiff_t)tiles.block * channels + LANES;
  tiles.productStride = (ptrdiff_t)tiles.block * tiles.columns + LANES;
  return tiles;
}

tile_place place_of_tile(const winograd_tiles *tiles, int32_t tile) {
  const int32_t within = tile % tiles->perImage;
  return (tile_place){
      tile / tiles->perImage,
      within / tiles->across * TILE_OUTPUTS,
      within % tiles->across * TILE_OUTPUTS,
  };
}

/** one tile, one block of channels: d[row][column] at from[row · rowStride + column · LANES] */
static __attribute__((noinline)) void transform_tile(const float *from, ptrdiff_t rowStride, float *to, ptrdiff_t stride) {
#define LOAD_INPUT(row, column) load(from + (row) * rowStride + (column) * LANES)
#define STORE_INPUT(row, column, value) store(to + ((row) * TILE_INPUTS + (column)) * stride, value)
  TRANSFORM_SQUARE(transform_input, 6, 6, LOAD_INPUT, STORE_INPUT)
}

/** `count` tiles next to each other, of which the first is number `index` of its block */
static void transform_strip(const winograd_tiles *tiles, tile_place place, int32_t count, int32_t index) {
  const window strip = {
      axis_outputs(tiles->window.vertical, place.row, TILE_OUTPUTS),
      axis_outputs(tiles->window.horizontal, place.column, count * TILE_OUTPUTS),
  };
  const channel_images *source = &tiles->source;
  image_layout layout = lay_out_images(&strip, larger_of(LANES, source->channels), 1);
  prepare_images(&strip, &layout, source, place.image, 0, source->channels, scratch.images);
  for (int32_t block = 0; block * LANES < source->channels; block++) {
    const float *from = scratch.images + block * layout.blockStride;
    float *to = scratch.inputs + (block * (ptrdiff_t)tiles->block + index) * LANES;
    for (int32_t tile = 0; tile < count; tile++, from += TILE_OUTPUTS * LANES, to += LANES) {
      transform_tile(from, layout.rowStride, to, tiles->inputStride);
    }
  }
}

void transform_tiles(const winograd_tiles *tiles, int32_t first, int32_t count) {
  const int32_t pixels = IMAGE_CAPACITY / TILE_INPUTS / (parts_of(tiles->source.channels, LANES) * LANES);
  const int32_t longest = (pixels - 2) / TILE_OUTPUTS;
  for (int32_t index = 0; index < count;) {
    const tile_place place = place_of_tile(tiles, first + index);
    const int32_t left = tiles->across - place.column / TILE_OUTPUTS;
    const int32_t here = smaller_of(longest, smaller_of(left, count - index));
    transform_strip(tiles, place, here, index);
    index += here;
  }
}
