// Winograd convolution: what the forward and the filter gradient kernels share.
#ifndef TATAMI_WINOGRAD_H
#define TATAMI_WINOGRAD_H

#include "convolution-direct.h"

enum {
  /** outputs of a tile, along each axis */
  TILE_OUTPUTS = 4,
  /** numbers of a tile, along each axis */
  TILE_INPUTS = 6,
  POSITIONS = TILE_INPUTS * TILE_INPUTS,
};

/** Tiles of the outputs of a batch, numbered image by image and row by row, and transformed a block at a time. */
typedef struct {
  channel_images source;
  window window;
  int32_t across;
  int32_t perImage;
  int32_t count;
  /** tiles of a block */
  int32_t block;
  /** columns transformed at a time, a multiple of a vector's */
  int32_t columns;
  /** from position to position: of inputs [block of channels][tile][LANES], of products or gradients [tile][columns] */
  ptrdiff_t inputStride;
  ptrdiff_t productStride;
} winograd_tiles;

/** Where a tile lies: its first output. */
typedef struct {
  int32_t image;
  int32_t row;
  int32_t column;
} tile_place;

/** Whether Winograd's way is possible and the faster one. */
int32_t winograd_pays(const window *window, int32_t batch, int32_t channels, int32_t columns);

winograd_tiles lay_out_tiles(const channel_images *source, const window *window, int32_t columns);

tile_place place_of_tile(const winograd_tiles *tiles, int32_t tile);

static inline tile_place next_place(const winograd_tiles *tiles, tile_place place) {
  place.column += TILE_OUTPUTS;
  if (place.column < tiles->window.horizontal.outputs) return place;
  place.row += TILE_OUTPUTS;
  if (place.row < tiles->window.vertical.outputs) return (tile_place){place.image, place.row, 0};
  return (tile_place){place.image + 1, 0, 0};
}

/** The rows that the tile below will be the first to read or write: `floats` of each of four rows from `from` on. */
ALWAYS_INLINE void prefetch_rows(const float *from, ptrdiff_t rowStride, int32_t floats) {
  for (int32_t row = 0; row < TILE_OUTPUTS; row++, from += rowStride) {
    for (int32_t i = 0; i < floats; i += 16) __builtin_prefetch(from + i);
  }
}

/** where the pixels of a tile of an image lie: some of them are zeros around it */
void find_pixels(const winograd_tiles *tiles, const float *image, tile_place place, const float *pixels[POSITIONS]);

/** a bit for each output of a tile of an image, row by row, that only zeros go into */
uint16_t empty_outputs(const winograd_tiles *tiles, const float *image, tile_place place);

/** Bᵀ d B of tiles first..first + count into scratch.inputs; unless it is null, what empty_outputs says of each into `empty` */
void transform_tiles(const winograd_tiles *tiles, int32_t first, int32_t count, uint16_t *empty);

/** correlate() for one group, a 3 × 3 window of steps 1 */
void winograd_correlate(const correlation *c, const window *window);

/** conv2dFilterGradient for one group and such a window */
void winograd_filter_gradient(const conv2d_filter_gradient_arguments *arguments, const window *window);

#endif
