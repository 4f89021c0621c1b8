// Outputs of Winograd's tiles that only zeros go into. There its sums cancel but for their rounding, and a relu would take
// that for activity: the black around a digit, before the first biases, is a quarter of an image.
#include "scratch.h"
#include "tile.h"
#include "winograd.h"

ALWAYS_INLINE int32_t is_zero(const float *pixel, int32_t channels) {
  words bits = {0};
  int32_t channel = 0;
  for (; channel + LANES <= channels; channel += LANES) bits |= load_words((const uint32_t *)(pixel + channel));
  if (channel < channels) bits |= (words)load_lanes(pixel + channel, channels - channel, 0);
  // -0 has a bit set too
  return !any_bit(bits << 1);
}

/** Along an axis: the pixels of a tile that lie inside of the image, from the first to the last. */
typedef struct {
  int32_t first;
  int32_t last;
} inside_pixels;

static inside_pixels pixels_inside(const axis *a, int32_t start) {
  return (inside_pixels){larger_of(0, -start), smaller_of(TILE_INPUTS, a->size - start) - 1};
}

/** the pixel inside that is nearest to `place` */
static int32_t nearest_inside(inside_pixels inside, int32_t place) {
  return larger_of(inside.first, smaller_of(inside.last, place));
}

/**
 * Whether no output can be empty, by a look at four pixels. The 3 pixels of the first three outputs along an axis share
 * pixel 2, or the nearest one inside, and those of the last output have pixel 3.
 */
static int32_t is_full(const winograd_tiles *tiles, const float *image, tile_place place) {
  const axis *v = &tiles->window.vertical, *h = &tiles->window.horizontal;
  const ptrdiff_t column = tiles->source.stride, row = h->size * column;
  const int32_t top = place.row - v->padding, left = place.column - h->padding;
  const inside_pixels rows = pixels_inside(v, top), columns = pixels_inside(h, left);
  if (rows.first > 2 || columns.first > 2) return 0;
  if (smaller_of(TILE_OUTPUTS, v->outputs - place.row) - 1 > rows.last) return 0;
  if (smaller_of(TILE_OUTPUTS, h->outputs - place.column) - 1 > columns.last) return 0;
  for (int32_t y = 2; y <= 3; y++) {
    for (int32_t x = 2; x <= 3; x++) {
      const float *pixel = image + (top + nearest_inside(rows, y)) * row + (left + nearest_inside(columns, x)) * column;
      if (is_zero(pixel, tiles->source.channels)) return 0;
    }
  }
  return 1;
}

/** a bit for each output, by a look at all pixels */
static __attribute__((noinline)) uint16_t look_at_all(const winograd_tiles *tiles, const float *image, tile_place place) {
  const float *pixels[POSITIONS];
  find_pixels(tiles, image, place, pixels);
  uint64_t zeros = 0;
  for (int32_t i = 0; i < POSITIONS; i++) zeros |= (uint64_t)is_zero(pixels[i], tiles->source.channels) << i;
  // bit i stays if the next two of its row, then those of its column, are set too
  zeros &= zeros >> 1 & zeros >> 2;
  zeros &= zeros >> TILE_INPUTS & zeros >> 2 * TILE_INPUTS;
  uint16_t empty = 0;
  for (int32_t row = 0; row < TILE_OUTPUTS; row++) {
    empty |= (zeros >> row * TILE_INPUTS & ((1 << TILE_OUTPUTS) - 1)) << row * TILE_OUTPUTS;
  }
  return empty;
}

uint16_t empty_outputs(const winograd_tiles *tiles, const float *image, tile_place place) {
  return is_full(tiles, image, place) ? 0 : look_at_all(tiles, image, place);
}
