// The gradient of conv2d for its filters where g is 0 but at some places, as behind a max pool: each number of g meets the
// taps of its own window, nothing is multiplied by 0. Fast for few input channels, where the taps of a row lie together.
#include "convolution-direct.h"
#include "scratch.h"

// rows of taps are shorter than the widest vectors
#if defined(__AVX2__)
enum { STRIP = 8 };
#else
enum { STRIP = 4 };
#endif
typedef float strip __attribute__((vector_size(STRIP * 4), aligned(4), may_alias));

enum {
  /** strips that two channels are summed over at once: as many sums as there are registers for */
  MOST_STRIPS = 5,
  /** floats of a line of the cache: a strip that lies in two takes two loads */
  LINE = 16,
  /** numbers of g, and as many indices, that stay in the first cache beside the image while all channels go over them */
  MOST_NUMBERS = 2048,
};

/** One image and its part of g. */
typedef struct {
  const float *image;
  /** where the window of each position of the plane begins */
  const int32_t *starts;
  const float *g;
  const int32_t *indices;
  int32_t places;
  int32_t channels;
} gradient_places;

/** sums[channel][strip] += Σ over the places: g · strip of the window, `channels` channels `sumStride` apart from `channel` on */
ALWAYS_INLINE void add_strips(
    const int strips,
    const int channels,
    const gradient_places *p,
    const int32_t *offsets,
    int32_t channel,
    float *sums,
    ptrdiff_t sumStride) {
  strip total[2][MOST_STRIPS];
  const float *from[MOST_STRIPS];
  UNROLLED for (int k = 0; k < strips; k++) {
    from[k] = p->image + offsets[k];
    UNROLLED for (int c = 0; c < channels; c++) total[c][k] = *(const strip *)(sums + c * sumStride + k * STRIP);
  }
  const float *g = p->g + channel;
  const int32_t *index = p->indices + channel;
  NOT_UNROLLED for (int32_t place = 0; place < p->places; place++, g += p->channels, index += p->channels) {
    UNROLLED for (int c = 0; c < channels; c++) {
      const ptrdiff_t start = p->starts[index[c]];
      const strip factor = g[c] - (strip){0};
      UNROLLED for (int k = 0; k < strips; k++) total[c][k] += factor * *(const strip *)(from[k] + start);
    }
  }
  UNROLLED for (int k = 0; k < strips; k++) {
    UNROLLED for (int c = 0; c < channels; c++) *(strip *)(sums + c * sumStride + k * STRIP) = total[c][k];
  }
}

/** the last of an odd number of channels, one strip after the other */
static __attribute__((noinline)) void add_last(
    const gradient_places *p, int32_t strips, const int32_t *offsets, float *sums, ptrdiff_t sumStride) {
  const int32_t channel = p->channels - 1;
  for (int32_t k = 0; k < strips; k++) {
    add_strips(1, 1, p, offsets + k, channel, sums + channel * sumStride + k * STRIP, sumStride);
  }
}

#define STRIPS(count)                                                                                       \
  static __attribute__((noinline)) void add_##count(                                                        \
      const gradient_places *p, const int32_t *offsets, float *sums, ptrdiff_t sumStride) {                 \
    for (int32_t channel = 0; channel + 2 <= p->channels; channel += 2) {                                   \
      add_strips(count, 2, p, offsets, channel, sums + channel * sumStride, sumStride);                     \
    }                                                                                                       \
    if (p->channels % 2) add_last(p, count, offsets, sums, sumStride);                                      \
  }
STRIPS(1)
STRIPS(2)
STRIPS(3)
STRIPS(4)
STRIPS(5)

typedef void add_function(const gradient_places *, const int32_t *, float *, ptrdiff_t);

static add_function *const add_by_strips[MOST_STRIPS] = {add_1, add_2, add_3, add_4, add_5};

/** Images with zeros around them, and windows in them as strips of taps. */
typedef struct {
  int32_t rows;
  int32_t columns;
  /** floats from row to row, whole lines */
  int32_t pitch;
  /** to a copy of the image that begins in the middle of a line: a strip lies in one line here or there */
  int32_t copy;
  /** of a row of taps */
  int32_t strips;
} strip_layout;

static strip_layout lay_out(const conv2d_filter_gradient_at_arguments *p, const window *w) {
  const axis *v = &w->vertical, *h = &w->horizontal;
  strip_layout layout = {
      .rows = (v->outputs - 1) * v->stride + axis_reach(v) + 1,
      .columns = (h->outputs - 1) * h->stride + axis_reach(h) + 1,
      .strips = parts_of(h->taps * p->inChannels, STRIP),
  };
  const int32_t widest = (h->outputs - 1) * h->stride * p->inChannels + layout.strips * STRIP;
  layout.pitch = parts_of(larger_of(widest, layout.columns * p->inChannels), LINE) * LINE;
  layout.copy = STRIP * 2 == LINE ? layout.rows * layout.pitch + STRIP : 0;
  return layout;
}

static int32_t is_fast(const conv2d_filter_gradient_at_arguments *p, const window *w, const strip_layout *layout) {
  const int64_t image = layout->copy + layout->rows * (int64_t)layout->pitch;
  const int64_t strips = w->vertical.taps * (int64_t)layout->strips;
  return p->groups == 1 && p->dilationWidth == 1 && p->outHeight * (int64_t)p->outWidth <= TAP_CAPACITY &&
         layout->rows * (int64_t)layout->pitch <= IMAGE_CAPACITY && image <= IMAGE_CAPACITY && strips <= TAP_CAPACITY &&
         strips * STRIP * p->outChannels <= FILTER_CAPACITY;
}

static void list_starts(const window *w, const strip_layout *layout, int32_t channels, int32_t *starts) {
  for (int32_t y = 0; y < w->vertical.outputs; y++) {
    for (int32_t x = 0; x < w->horizontal.outputs; x++) {
      const int32_t start = y * w->vertical.stride * layout->pitch + x * w->horizontal.stride * channels;
      *starts++ = start + (start % LINE > LINE - STRIP ? layout->copy : 0);
    }
  }
}

static void border_image(const window *w, const strip_layout *layout, const float *x, int32_t channels) {
  const axis *v = &w->vertical;
  for (int32_t y = 0; y < layout->rows; y++) {
    const int32_t from = y - v->padding;
    float *to = scratch.images + y * layout->pitch;
    const float *row = x + from * (ptrdiff_t)w->horizontal.size * channels;
    if (from < 0 || from >= v->size) fill_floats(to, 0, layout->columns * channels);
    else copy_bordered_row(to, &w->horizontal, layout->columns, row, channels, channels);
    if (layout->copy) copy_floats(to + layout->copy, to, layout->pitch);
  }
}

/** out[tap][channel] += sums[channel][strip] */
static void add_to_filters(const conv2d_filter_gradient_at_arguments *p, const strip_layout *layout, const float *sums) {
  const int32_t row = p->kernelWidth * p->inChannels, strips = p->kernelHeight * layout->strips;
  for (int32_t y = 0; y < p->kernelHeight; y++) {
    for (int32_t tap = 0; tap < row; tap++) {
      float *out = p->out + (y * row + tap) * (ptrdiff_t)p->outChannels;
      const float *from = sums + y * layout->strips * STRIP + tap;
      for (int32_t c = 0; c < p->outChannels; c++) out[c] += from[c * (ptrdiff_t)strips * STRIP];
    }
  }
}

static void add_by_windows(const conv2d_filter_gradient_at_arguments *p, const window *w, const strip_layout *layout) {
  const int32_t strips = w->vertical.taps * layout->strips;
  int32_t *offsets = scratch.filterRows;
  for (int32_t k = 0; k < strips; k++) {
    offsets[k] = k / layout->strips * w->vertical.tapStep * layout->pitch + k % layout->strips * STRIP;
  }
  list_starts(w, layout, p->inChannels, scratch.runs);
  float *sums = scratch.filters;
  fill_floats(sums, 0, p->outChannels * strips * STRIP);
  const int32_t parts = parts_of(strips, MOST_STRIPS), together = larger_of(16, MOST_NUMBERS / p->outChannels);
  const ptrdiff_t image = p->height * (ptrdiff_t)p->width * p->inChannels, taken = p->places * (ptrdiff_t)p->outChannels;
  for (int32_t n = 0; n < p->batch; n++) {
    border_image(w, layout, p->x + n * image, p->inChannels);
    for (int32_t place = 0; place < p->places; place += together) {
      const gradient_places places = {
          .image = scratch.images,
          .starts = scratch.runs,
          .g = p->g + n * taken + place * (ptrdiff_t)p->outChannels,
          .indices = p->indices + n * taken + place * (ptrdiff_t)p->outChannels,
          .places = smaller_of(together, p->places - place),
          .channels = p->outChannels,
      };
      for (int32_t part = 0; part < parts; part++) {
        const int32_t first = strips * part / parts, count = strips * (part + 1) / parts - first;
        add_by_strips[count - 1](&places, offsets + first, sums + first * STRIP, strips * (ptrdiff_t)STRIP);
      }
    }
  }
  add_to_filters(p, layout, sums);
}

/** the product of one number of g with every tap of its window */
static void add_one(
    const conv2d_filter_gradient_at_arguments *p, const window *w, const float *x, int32_t index, int32_t channel, float g) {
  const int32_t sources = p->inChannels / p->groups, group = channel / (p->outChannels / p->groups);
  const axis *v = &w->vertical, *h = &w->horizontal;
  for (int32_t tap = 0; tap < v->taps * h->taps; tap++) {
    const int32_t row = index / p->outWidth * v->stride + tap / h->taps * v->tapStep - v->padding;
    const int32_t column = index % p->outWidth * h->stride + tap % h->taps * h->tapStep - h->padding;
    if (row < 0 || row >= v->size || column < 0 || column >= h->size) continue;
    const float *from = x + (row * (ptrdiff_t)h->size + column) * p->inChannels + group * sources;
    float *out = p->out + tap * (ptrdiff_t)sources * p->outChannels + channel;
    for (int32_t source = 0; source < sources; source++) out[source * (ptrdiff_t)p->outChannels] += g * from[source];
  }
}

void tatami_conv2d_filter_gradient_at(const conv2d_filter_gradient_at_arguments *p) {
  const window w = CONVOLUTION_WINDOW(p);
  const int32_t taps = p->kernelHeight * p->kernelWidth;
  if (!p->accumulate) fill_floats(p->out, 0, taps * (p->inChannels / p->groups) * p->outChannels);
  const strip_layout layout = lay_out(p, &w);
  if (is_fast(p, &w, &layout)) return add_by_windows(p, &w, &layout);
  const float *g = p->g;
  const int32_t *index = p->indices;
  for (int32_t n = 0; n < p->batch; n++) {
    const float *x = p->x + n * (ptrdiff_t)p->height * p->width * p->inChannels;
    for (int32_t i = 0; i < p->places * p->outChannels; i++) add_one(p, &w, x, *index++, i % p->outChannels, *g++);
  }
}
