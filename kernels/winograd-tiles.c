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

void next_place(const winograd_tiles *tiles, tile_place *place) {
  place->column += TILE_OUTPUTS;
  if (place->column < tiles->window.horizontal.outputs) return;
  place->column = 0;
  place->row += TILE_OUTPUTS;
  if (place->row < tiles->window.vertical.outputs) return;
  place->row = 0;
  place->image++;
}

/** The numbers a tile is made of; rows [top, bottom) and columns [left, right) of it lie inside of the source. */
typedef struct {
  const float *from;
  ptrdiff_t rowStride;
  ptrdiff_t columnStride;
  int32_t top, bottom, left, right;
} tile_input;

#define STORE_INPUT(row, column, value) store(to + ((row) * TILE_INPUTS + (column)) * stride, value)

/** one block of channels of a tile that lies inside */
static __attribute__((noinline)) void transform_inside(const tile_input *tile, int32_t channel, float *to, ptrdiff_t stride) {
  const float *from = tile->from + channel;
#define LOAD_INSIDE(row, column) load(from + (row) * tile->rowStride + (column) * tile->columnStride)
  TRANSFORM_SQUARE(transform_input, 6, 6, LOAD_INSIDE, STORE_INPUT)
}

/** the same for any tile: zeros around the source, nothing read from `end` on */
static __attribute__((noinline)) void transform_border(
    const tile_input *tile, int32_t channel, const float *end, float *to, ptrdiff_t stride) {
  static const float zeros[LANES];
  const float *from = tile->from + channel;
  const float *pixels[TILE_INPUTS][TILE_INPUTS];
  for (int32_t row = 0; row < TILE_INPUTS; row++) {
    for (int32_t column = 0; column < TILE_INPUTS; column++) {
      const int32_t inside = row >= tile->top && row < tile->bottom && column >= tile->left && column < tile->right;
      pixels[row][column] = inside ? from + row * tile->rowStride + column * tile->columnStride : zeros;
    }
  }
  (void)end;
#define LOAD_BORDER(row, column) load(pixels[row][column])
  TRANSFORM_SQUARE(transform_input, 6, 6, LOAD_BORDER, STORE_INPUT)
}
