// Preparing images for the convolutions: zeros around them, strides split into phases, strips that fit the caches.
#include "convolution.h"
#include "quad.h"

static PER_THREAD float images[IMAGE_CAPACITY + 4 * LANES] __attribute__((aligned(64)));

axis axis_outputs(axis whole, int32_t first, int32_t count) {
  whole.padding -= first * whole.stride;
  whole.outputStart += first * whole.outputStep;
  whole.outputs = count;
  return whole;
}

static axis axis_taps(axis whole, int32_t first, int32_t count) {
  whole.tapPosition += first * whole.tapStep;
  whole.kernelIndex += first * whole.kernelStep;
  whole.taps = count;
  // the nearest tap reads position 0
  const int32_t last = whole.tapPosition + (count - 1) * whole.tapStep;
  const int32_t nearest = smaller_of(whole.tapPosition, last);
  whole.tapPosition -= nearest;
  whole.padding -= nearest;
  return whole;
}

/** positions from the nearest to the farthest tap */
static int32_t reach(const axis *a) {
  const int32_t last = a->tapPosition + (a->taps - 1) * a->tapStep;
  return a->taps == 0 ? 0 : last > a->tapPosition ? last : a->tapPosition;
}

/** phases that some tap may read */
static int32_t phases(const axis *a) { return smaller_of(a->stride, reach(a) + 1); }

static int32_t phase_size(const axis *a, int32_t outputs) { return outputs + reach(a) / a->stride; }

int32_t window_halves(const window *whole, window halves[2]) {
  const axis *h = &whole->horizontal, *v = &whole->vertical;
  const int32_t farthest = reach(v) > reach(h) ? reach(v) : reach(h);
  halves[0] = halves[1] = *whole;
  if (v->taps * h->taps <= TAPS_CAPACITY && h->outputs > farthest) {
    const int32_t half = h->outputs / 2;
    halves[0].horizontal = axis_outputs(*h, 0, half);
    halves[1].horizontal = axis_outputs(*h, half, h->outputs - half);
    return 0;
  }
  const axis *longer = reach(v) == farthest ? v : h;
  const int32_t half = longer->taps / 2;
  const axis first = axis_taps(*longer, 0, half), second = axis_taps(*longer, half, longer->taps - half);
  *(longer == v ? &halves[0].vertical : &halves[0].horizontal) = first;
  *(longer == v ? &halves[1].vertical : &halves[1].horizontal) = second;
  return 1;
}

strip_size strip_of(const window *w, int32_t channels) {
  const axis *v = &w->vertical, *h = &w->horizontal;
  const int32_t taps = v->taps * h->taps;
  if (taps > TAPS_CAPACITY) return (strip_size){0, 0};
  const int64_t row = (int64_t)phases(v) * phases(h) * phase_size(h, h->outputs);
  const int64_t one = row * phase_size(v, 1);
  if (one > IMAGE_CAPACITY) return (strip_size){0, 0};
  int64_t fitting = smaller_of(channels, TAPS_CAPACITY / (taps > 0 ? taps : 1));
  if (fitting * one > IMAGE_CAPACITY) fitting = IMAGE_CAPACITY / one;
  const int64_t rows = IMAGE_CAPACITY / (fitting * row) - (phase_size(v, 1) - 1);
  return (strip_size){rows < v->outputs ? (int32_t)rows : v->outputs, (int32_t)fitting};
}

/** to[0..count) = numbers start, start + stride, … of a row of `size` numbers, zero outside of it */
static void copy_row(float *to, int32_t count, const float *row, int32_t size, int32_t start, int32_t stride) {
  int32_t i = 0;
  for (; i < count && start + i * stride < 0; i++) to[i] = 0;
  if (stride == 1) {
    const int32_t end = smaller_of(count, size - start);
    for (; i + LANES <= end; i += LANES) store(to + i, load(row + start + i));
    for (; i < end; i++) to[i] = row[start + i];
  } else {
    for (; i < count && start + i * stride < size; i++) to[i] = row[start + i * stride];
  }
  for (; i < count; i++) to[i] = 0;
}

prepared_image prepare_image(const window *w, const float *source, int32_t channels, int32_t slack) {
  const axis *v = &w->vertical, *h = &w->horizontal;
  const int32_t rows = phase_size(v, v->outputs), columns = phase_size(h, h->outputs);
  const int32_t inside = v->stride == 1 && h->stride == 1 && v->padding <= 0 && h->padding <= 0 &&
                         rows - v->padding <= v->size && columns - h->padding <= h->size;
  const ptrdiff_t plane = (ptrdiff_t)v->size * h->size;
  if (inside && !slack) {
    return (prepared_image){
        .numbers = source - v->padding * (ptrdiff_t)h->size - h->padding,
        .pitch = h->size,
        .channelStride = plane,
        .phasesAcross = 1,
    };
  }
  const int32_t down = phases(v), across = phases(h);
  float *to = images;
  for (int32_t channel = 0; channel < channels; channel++, source += plane) {
    for (int32_t phase = 0; phase < down * across; phase++) {
      const int32_t top = phase / across - v->padding, left = phase % across - h->padding;
      for (int32_t row = 0; row < rows; row++, to += columns) {
        const int32_t from = top + row * v->stride;
        const int32_t size = from >= 0 && from < v->size ? h->size : 0;
        copy_row(to, columns, source + (size > 0 ? from * (ptrdiff_t)size : 0), size, left, h->stride);
      }
    }
  }
  const ptrdiff_t phaseStride = (ptrdiff_t)rows * columns;
  return (prepared_image){
      .numbers = images,
      .pitch = columns,
      .channelStride = phaseStride * down * across,
      .phaseStride = phaseStride,
      .phasesAcross = across,
  };
}

void tap_offsets(const window *w, const prepared_image *image, int32_t channels, ptrdiff_t *offsets) {
  const axis *v = &w->vertical, *h = &w->horizontal;
  for (int32_t channel = 0; channel < channels; channel++) {
    for (int32_t i = 0; i < v->taps; i++) {
      const int32_t y = v->tapPosition + i * v->tapStep;
      for (int32_t j = 0; j < h->taps; j++) {
        const int32_t x = h->tapPosition + j * h->tapStep;
        const int32_t phase = y % v->stride * image->phasesAcross + x % h->stride;
        *offsets++ = channel * image->channelStride + phase * image->phaseStride + y / v->stride * image->pitch +
                     x / h->stride;
      }
    }
  }
}

/** four columns or fewer of what store_transposed does, with rows that lie next to each other; the rows it did */
ALWAYS_INLINE int32_t store_squares(
    const int32_t columns, const int32_t accumulate, const float *tile, int32_t rows, float *out, ptrdiff_t columnStride) {
  int32_t row = 0;
  for (; row + 4 <= rows; row += 4) {
    quad square[4];
    for (int i = 0; i < 4; i++) square[i] = load_quad(tile + (row + i) * PANEL_COLUMNS);
    transpose_quads(square);
    for (int i = 0; i < columns; i++) {
      float *to = out + i * columnStride + row;
      if (accumulate) square[i] += load_quad(to);
      store_quad(to, square[i]);
    }
  }
  return row;
}

static int32_t store_whole_squares(
    int32_t columns, int32_t accumulate, const float *tile, int32_t rows, float *out, ptrdiff_t columnStride) {
  switch (columns + 4 * (accumulate != 0)) {
    case 1: return store_squares(1, 0, tile, rows, out, columnStride);
    case 2: return store_squares(2, 0, tile, rows, out, columnStride);
    case 3: return store_squares(3, 0, tile, rows, out, columnStride);
    case 4: return store_squares(4, 0, tile, rows, out, columnStride);
    case 5: return store_squares(1, 1, tile, rows, out, columnStride);
    case 6: return store_squares(2, 1, tile, rows, out, columnStride);
    case 7: return store_squares(3, 1, tile, rows, out, columnStride);
    default: return store_squares(4, 1, tile, rows, out, columnStride);
  }
}

void store_transposed(
    const float *tile,
    int32_t rows,
    int32_t columns,
    float *out,
    ptrdiff_t rowStride,
    ptrdiff_t columnStride,
    int32_t accumulate) {
  for (int32_t column = 0; column < columns; column += 4, tile += 4, out += 4 * columnStride) {
    const int32_t count = smaller_of(4, columns - column);
    int32_t row = rowStride == 1 ? store_whole_squares(count, accumulate, tile, rows, out, columnStride) : 0;
    for (; row < rows; row++) {
      for (int32_t i = 0; i < count; i++) {
        const float number = tile[row * PANEL_COLUMNS + i];
        float *to = out + i * columnStride + row * rowStride;
        *to = accumulate ? *to + number : number;
      }
    }
  }
}
