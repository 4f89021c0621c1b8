// Tiles of images for Winograd convolution: how many at a time, where they lie, their transforms.
#include "scratch.h"
#include "tile.h"
#include "winograd-transforms.h"
#include "winograd.h"

/** floats of a block of tiles, transformed and multiplied: 520 KB, half of a second-level cache */
enum { BLOCK = 130 * 1024 };

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
  // where the columns come in turns, inputs that all have room are transformed but once
  const int32_t once = tiles.columns < columns && tiles.count <= largest;
  const int32_t block = smaller_of(MOST_TILES, once ? tiles.count : smaller_of(wanted, largest));
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

/** whether tiles inside of the source have a function of their own: in WebAssembly its size counts for more */
#if defined(__wasm__)
enum { INSIDE_APART = 0 };
#else
enum { INSIDE_APART = 1 };
#endif

#define STORE_INPUT(row, column, value) store(to + ((row) * TILE_INPUTS + (column)) * stride, value)

/** one block of channels of a tile that lies inside of the source */
static __attribute__((noinline)) void transform_inside(
    const float *from, ptrdiff_t rowStride, ptrdiff_t columnStride, float *to, ptrdiff_t stride) {
#define LOAD_INSIDE(row, column) load(from + (row) * rowStride + (column) * columnStride)
  TRANSFORM_SQUARE(transform_input, 6, 6, LOAD_INSIDE, STORE_INPUT)
}

/** the same of any tile, whose pixels lie anywhere */
static __attribute__((noinline)) void transform_pixels(
    const float *const pixels[POSITIONS], int32_t channel, float *to, ptrdiff_t stride) {
#define LOAD_PIXEL(row, column) load(pixels[(row) * TILE_INPUTS + (column)] + channel)
  TRANSFORM_SQUARE(transform_input, 6, 6, LOAD_PIXEL, STORE_INPUT)
}

void find_pixels(const winograd_tiles *tiles, const float *image, tile_place place, const float *pixels[POSITIONS]) {
  const channel_images *source = &tiles->source;
  const int32_t top = place.row - tiles->window.vertical.padding, left = place.column - tiles->window.horizontal.padding;
  const int32_t height = tiles->window.vertical.size, width = tiles->window.horizontal.size;
  const ptrdiff_t columnStride = source->stride, rowStride = width * columnStride;
  UNROLLED for (int32_t row = 0; row < TILE_INPUTS; row++) {
    const int32_t y = top + row, insideRow = y >= 0 && y < height;
    const float *pixel = image + y * rowStride + left * columnStride;
    UNROLLED for (int32_t column = 0; column < TILE_INPUTS; column++, pixel += columnStride) {
      const int32_t x = left + column;
      pixels[row * TILE_INPUTS + column] = (insideRow & (x >= 0) & (x < width)) ? pixel : scratch.zeros;
    }
  }
}

/** Copies the pixels behind which the batch ends within a vector. */
static void copy_last_pixels(const channel_images *source, int32_t whole, const float *pixels[POSITIONS]) {
  float *to = scratch.images;
  for (int32_t i = 0; i < POSITIONS; i++, to += whole) {
    const ptrdiff_t left = source->end - pixels[i];
    if (left < source->channels || left >= whole) continue;
    for (int32_t n = 0; n < source->channels; n += LANES) store(to + n, load_before(pixels[i] + n, source->end));
    pixels[i] = to;
  }
}

void transform_tiles(const winograd_tiles *tiles, int32_t first, int32_t count, uint16_t *empty) {
  const channel_images *source = &tiles->source;
  const axis *v = &tiles->window.vertical, *h = &tiles->window.horizontal;
  const ptrdiff_t row = h->size * (ptrdiff_t)source->stride, blockStride = tiles->block * (ptrdiff_t)LANES;
  const int32_t whole = parts_of(source->channels, LANES) * LANES;
  tile_place place = place_of_tile(tiles, first);
  float *to = scratch.inputs;
  for (int32_t tile = 0; tile < count; tile++, to += LANES, place = next_place(tiles, place)) {
    const float *image = source->numbers + place.image * (ptrdiff_t)v->size * row;
    const int32_t top = place.row - v->padding, left = place.column - h->padding;
    const int32_t inside = top >= 0 && top + TILE_INPUTS <= v->size && left >= 0 && left + TILE_INPUTS <= h->size;
    const float *from = image + top * row + left * (ptrdiff_t)source->stride;
    const float *last = from + (TILE_INPUTS - 1) * (row + source->stride);
    float *block = to;
    prefetch_rows(from + TILE_INPUTS * row, row, TILE_OUTPUTS * source->stride);
    if (empty) empty[tile] = empty_outputs(tiles, image, place);
    if (INSIDE_APART && inside && source->end - last >= whole) {
      for (int32_t channel = 0; channel < source->channels; channel += LANES, block += blockStride) {
        transform_inside(from + channel, row, source->stride, block, tiles->inputStride);
      }
      continue;
    }
    const float *pixels[POSITIONS];
    find_pixels(tiles, image, place, pixels);
    if (source->end - last < whole) copy_last_pixels(source, whole, pixels);
    for (int32_t channel = 0; channel < source->channels; channel += LANES, block += blockStride) {
      transform_pixels(pixels, channel, block, tiles->inputStride);
    }
  }
}
