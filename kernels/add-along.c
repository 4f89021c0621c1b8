// Adding along an axis at indices: above all the gradient of a maximum's pool. Where the indices turn out to lie in windows of
// 2 × 2, each in its own, channels are added a vector at a time.
#include <stddef.h>

#include "generated/kernel-table.h"
#include "integer.h"
#include "vector.h"

/** The planes of one row, channels last. */
typedef struct {
  const float *g;
  const int32_t *indices;
  float *out;
  int32_t length;
  int32_t count;
  int32_t channels;
} planes;

static void add_one_by_one(const planes *p) {
  const int32_t channels = p->channels;
  fill_floats(p->out, 0, p->length * channels);
  for (int32_t i = 0; i < p->count * channels; i += channels) {
    for (int32_t c = 0; c < channels; c++) {
      const int32_t index = p->indices[i + c];
      // one comparison for both ends: a negative index is a large unsigned one
      if ((uint32_t)index < (uint32_t)p->length) p->out[index * channels + c] += p->g[i + c];
    }
  }
}

static integers load_indices(const int32_t *address) { return (integers)load((const float *)address); }

/** the last vector of channels overlaps the one before */
static int32_t vector_start(int32_t channel, int32_t channels) { return smaller_of(channel, channels - LANES); }

/** whether the indices lie in windows of 2 × 2 of a plane `width` wide, index i in window number i */
static int32_t lie_in_windows(const planes *p, int32_t width) {
  const int32_t across = width / 2;
  for (int32_t first = 0; first < p->count; first += across) {
    integers wrong = {0};
    for (int32_t i = first, corner = 4 * first; i < first + across; i++, corner += 2) {
      for (int32_t channel = 0; channel < p->channels; channel += LANES) {
        const int32_t start = vector_start(channel, p->channels);
        const integers left = (load_indices(p->indices + i * p->channels + start) - corner) & ~1;
        wrong |= (left != 0) & (left != width);
      }
    }
    int32_t any = 0;
    UNROLLED for (int lane = 0; lane < LANES; lane++) any |= wrong[lane];
    if (any) return 0;
  }
  return 1;
}

/** the width of planes whose indices lie in windows, as the first of them do, or 0 */
static int32_t find_width(const planes *p) {
  if (p->channels < LANES || p->length != 4 * p->count) return 0;
  for (int32_t across = 1; across <= p->count; across++) {
    if (p->count % across == 0 && lie_in_windows(p, 2 * across)) return 2 * across;
  }
  return 0;
}

/** one vector of channels of one window, whose numbers begin at `corner` */
ALWAYS_INLINE void add_window(const planes *p, int32_t width, int32_t i, int32_t corner, int32_t start) {
  const int32_t places[] = {0, 1, width, width + 1}, from = i * p->channels + start;
  const integers place = load_indices(p->indices + from) - corner;
  // as a sum that starts at 0: it is never -0
  const vector g = splat(0) + load(p->g + from);
  UNROLLED for (int n = 0; n < 4; n++) {
    const ptrdiff_t to = (corner + places[n]) * (ptrdiff_t)p->channels + start;
    store(p->out + to, (vector)((integers)g & (place == places[n])));
  }
}

static void add_windows(const planes *p, int32_t width) {
  const int32_t across = width / 2, channels = p->channels;
  for (int32_t first = 0; first < p->count; first += across) {
    for (int32_t i = first, corner = 4 * first; i < first + across; i++, corner += 2) {
      for (int32_t channel = 0; channel < channels; channel += LANES) {
        add_window(p, width, i, corner, vector_start(channel, channels));
      }
    }
  }
}

void tatami_add_along(const add_along_arguments *arguments) {
  planes p = {
      .g = arguments->g,
      .indices = arguments->indices,
      .out = arguments->out,
      .length = arguments->length,
      .count = arguments->count,
      .channels = arguments->channels,
  };
  const int32_t width = arguments->rows > 0 ? find_width(&p) : 0;
  const int32_t size = p.count * p.channels, outSize = p.length * p.channels;
  for (int32_t row = 0; row < arguments->rows; row++) {
    if (width == 0 || (row > 0 && !lie_in_windows(&p, width))) add_one_by_one(&p);
    else add_windows(&p, width);
    p.g += size;
    p.indices += size;
    p.out += outSize;
  }
}
