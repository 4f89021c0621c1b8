// Preparing images for the convolutions: zeros around them, channels in blocks, columns of one phase next to each other.
#include "convolution.h"

/** channels that are read one by one instead of in a block, of which most would be empty */
enum { FEW_CHANNELS = 3 };

/** phases that some tap may read */
static int32_t phases_of(const axis *a) { return smaller_of(a->stride, axis_reach(a) + 1); }

static int32_t phase_columns(const axis *a) { return a->outputs + axis_reach(a) / a->stride; }

image_layout lay_out_images(const window *w, int32_t channels, int32_t images) {
  const int32_t pitch = channels <= FEW_CHANNELS ? 1 : LANES;
  const int32_t rows = (w->vertical.outputs - 1) * w->vertical.stride + axis_reach(&w->vertical) + 1;
  const ptrdiff_t phase = (ptrdiff_t)phase_columns(&w->horizontal) * images * pitch;
  const ptrdiff_t row = phase * phases_of(&w->horizontal);
  return (image_layout){
      .pitch = pitch,
      .images = images,
      .rows = rows,
      .phaseStride = phase,
      .rowStride = row,
      .blockStride = rows * row,
      .size = parts_of(channels, pitch) * rows * row,
  };
}

/** to[i · toStep] = pixel i of a row, `channels` of it */
static void copy_pixels(
    float *to, ptrdiff_t toStep, const float *from, ptrdiff_t fromStep, int32_t count, int32_t pitch, const float *end) {
  if (pitch == 1) {
    if (toStep == 1 && fromStep == 1) copy_floats(to, from, count);
    else for (int32_t i = 0; i < count; i++) to[i * toStep] = from[i * fromStep];
    return;
  }
  // whole vectors, whatever lies behind the channels: only the end of the batch needs care
  int32_t safe = count;
  while (safe > 0 && from + (safe - 1) * fromStep + LANES > end) safe--;
  for (int32_t i = 0; i < safe; i++) store(to + i * toStep, load(from + i * fromStep));
  for (int32_t i = safe; i < count; i++) store(to + i * toStep, load_before(from + i * fromStep, end));
}

static void clear_pixels(float *to, ptrdiff_t step, int32_t count, int32_t pitch) {
  for (int32_t i = 0; i < count; i++, to += step) {
    if (pitch == 1) *to = 0;
    else store(to, splat(0));
  }
}

/** one phase of a row: column i is source column start + i · stride, zero outside of the source */
static void prepare_row(
    const axis *h, const image_layout *layout, const channel_images *source, const float *row, int32_t start, float *to) {
  const int32_t columns = phase_columns(h), pitch = layout->pitch;
  const ptrdiff_t step = (ptrdiff_t)layout->images * pitch;
  const int32_t first = smaller_of(columns, start < 0 ? parts_of(-start, h->stride) : 0);
  const int32_t last = larger_of(first, smaller_of(columns, h->size > start ? parts_of(h->size - start, h->stride) : 0));
  clear_pixels(to, step, first, pitch);
  const float *from = row + (start + first * (ptrdiff_t)h->stride) * source->stride;
  copy_pixels(to + first * step, step, from, h->stride * (ptrdiff_t)source->stride, last - first, pitch, source->end);
  clear_pixels(to + last * step, step, columns - last, pitch);
}

void copy_bordered_row(float *to, const axis *h, int32_t columns, const float *row, ptrdiff_t stride, int32_t channels) {
  const int32_t first = smaller_of(columns, larger_of(0, h->padding));
  const int32_t last = larger_of(first, smaller_of(columns, h->size + h->padding));
  fill_floats(to, 0, first * channels);
  const float *from = row + (first - h->padding) * stride;
  if (stride == channels) copy_floats(to + first * channels, from, (last - first) * channels);
  else for (int32_t x = first; x < last; x++, from += stride) copy_floats(to + x * channels, from, channels);
  fill_floats(to + last * channels, 0, (columns - last) * channels);
}

void prepare_images(
    const window *w,
    const image_layout *layout,
    const channel_images *source,
    int32_t image,
    int32_t channel,
    int32_t channels,
    float *to) {
  const axis *v = &w->vertical, *h = &w->horizontal;
  const int32_t phases = phases_of(h), pitch = layout->pitch;
  const ptrdiff_t rowSize = h->size * (ptrdiff_t)source->stride;
  for (int32_t block = 0; block < channels; block += pitch, to += layout->blockStride) {
    for (int32_t y = 0; y < layout->rows; y++) {
      const int32_t from = y - v->padding;
      float *row = to + y * layout->rowStride;
      if (from < 0 || from >= v->size) {
        fill_floats(row, 0, (int32_t)layout->rowStride);
        continue;
      }
      for (int32_t i = 0; i < layout->images; i++) {
        const float *numbers = source->numbers + channel + block + ((image + i) * (ptrdiff_t)v->size + from) * rowSize;
        for (int32_t phase = 0; phase < phases; phase++) {
          prepare_row(h, layout, source, numbers, phase - h->padding, row + phase * layout->phaseStride + i * pitch);
        }
      }
    }
  }
}

ptrdiff_t tap_offset(const window *w, const image_layout *layout, int32_t vertical, int32_t horizontal) {
  const axis *v = &w->vertical, *h = &w->horizontal;
  const int32_t y = v->tapPosition + vertical * v->tapStep, x = h->tapPosition + horizontal * h->tapStep;
  return y * layout->rowStride + x % h->stride * layout->phaseStride +
         x / h->stride * (ptrdiff_t)layout->images * layout->pitch;
}
