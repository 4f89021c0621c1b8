// What the convolutions share. Each is a correlation over prepared images: zeros stand around them, channels come in blocks
// of a vector, columns a stride apart stand next to each other. Neighbouring windows are then a fixed number of floats
// apart and a tap is one offset, whatever the padding, stride and dilation.
#ifndef TATAMI_CONVOLUTION_H
#define TATAMI_CONVOLUTION_H

#include <stddef.h>
#include <stdint.h>

#include "generated/kernel-table.h"
#include "integer.h"
#include "vector.h"

/** One axis, vertical or horizontal. Tap t of output o reads source number o · stride + tapPosition + t · tapStep − padding. */
typedef struct {
  /** of the source */
  int32_t size;
  /** zeros before the source; negative where numbers of it are left out */
  int32_t padding;
  int32_t stride;
  int32_t taps;
  int32_t tapPosition;
  int32_t tapStep;
  /** tap t is number kernelIndex + t · kernelStep of the kernel */
  int32_t kernelIndex;
  int32_t kernelStep;
  /** output o is number outputStart + o · outputStep of the result */
  int32_t outputs;
  int32_t outputStart;
  int32_t outputStep;
} axis;

typedef struct {
  axis vertical;
  axis horizontal;
} window;

/** The window of the three kernels' arguments `p`, as conv2d applies it to x. */
#define CONVOLUTION_WINDOW(p)                                                                                \
  {                                                                                                          \
    {.size = (p)->height, .padding = (p)->paddingTop, .stride = (p)->strideHeight, .taps = (p)->kernelHeight, \
     .tapStep = (p)->dilationHeight, .kernelStep = 1, .outputs = (p)->outHeight, .outputStep = 1},            \
    {.size = (p)->width, .padding = (p)->paddingLeft, .stride = (p)->strideWidth, .taps = (p)->kernelWidth,   \
     .tapStep = (p)->dilationWidth, .kernelStep = 1, .outputs = (p)->outWidth, .outputStep = 1},              \
  }

/**
 * The axis of the image's numbers i with (i + padding) % stride == phase: i = stride · a + phase − padding takes part in
 * output o = a − (tap · dilation − phase) / stride for every tap of the kernel where that is whole.
 */
axis gradient_axis(
    int32_t phase, int32_t size, int32_t outputs, int32_t kernel, int32_t stride, int32_t padding, int32_t dilation);

/** outputs first..first + count of an axis */
axis axis_outputs(axis whole, int32_t first, int32_t count);

/** Half of the taps and the other half. */
void window_halves(const window *whole, window halves[2]);

/** positions from the nearest to the farthest tap */
int32_t axis_reach(const axis *a);

/** taps lie next to each other, in either order */
static inline int32_t axis_is_dense(const axis *a) { return a->tapStep == 1 || a->tapStep == -1; }

/** The channels of one group in a batch of images. */
typedef struct {
  const float *numbers;
  /** one past the last float of the batch */
  const float *end;
  /** of all groups: from pixel to pixel */
  int32_t stride;
  int32_t batch;
  int32_t channels;
} channel_images;

/**
 * Prepared images: [block of channels][row][column % stride][column / stride][image][pitch]. Blocks have `pitch`
 * channels: LANES, or 1 where there are few.
 */
typedef struct {
  int32_t pitch;
  /** how many are interleaved, so that rows of windows are long */
  int32_t images;
  int32_t rows;
  ptrdiff_t phaseStride;
  ptrdiff_t rowStride;
  ptrdiff_t blockStride;
  ptrdiff_t size;
} image_layout;

image_layout lay_out_images(const window *window, int32_t channels, int32_t images);

/** Prepares `layout->images` images from `image` on, `channels` of them from `channel` on, into `to`. */
void prepare_images(
    const window *window,
    const image_layout *layout,
    const channel_images *source,
    int32_t image,
    int32_t channel,
    int32_t channels,
    float *to);

/** `columns` columns of a row of the source, zeros where it has none; its pixels lie `stride` apart, `to` takes `channels` */
void copy_bordered_row(float *to, const axis *h, int32_t columns, const float *row, ptrdiff_t stride, int32_t channels);

/** where tap (vertical, horizontal) of the first window lies in its block */
ptrdiff_t tap_offset(const window *window, const image_layout *layout, int32_t vertical, int32_t horizontal);

#endif
