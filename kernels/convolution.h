// What the three convolutions share. Each is a correlation of stride 1 over a prepared image: zeros stand around it, and a
// stride s splits it into s × s phases, so that neighbouring outputs read neighbouring numbers. Tap k of the window is
// then one offset into the image, whatever the padding, stride and dilation.
#ifndef TATAMI_CONVOLUTION_H
#define TATAMI_CONVOLUTION_H

#include <stddef.h>
#include <stdint.h>

#include "gemm.h"

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

/** outputs first..first + count of an axis */
axis axis_outputs(axis whole, int32_t first, int32_t count);

/** Half of the outputs and the other half (returns 0), or half of the taps and the other half, to be added up (1). */
int32_t window_halves(const window *whole, window halves[2]);

enum {
  /** floats of the prepared channels of one strip */
  IMAGE_CAPACITY = 128 * 1024,
  /** taps of one block: channels × taps of the window */
  TAPS_CAPACITY = 1024,
  /** rows of the tiles that are computed before they are stored */
  RUN = 32,
};

/** a strip of output rows, and channels, whose prepared image fits */
typedef struct {
  int32_t rows;
  int32_t channels;
} strip_size;

/** 0 rows where even one row of one channel does not fit: halve the window. */
strip_size strip_of(const window *window, int32_t channels);

/** The prepared image of some channels. */
typedef struct {
  const float *numbers;
  /** from output row to output row */
  ptrdiff_t pitch;
  ptrdiff_t channelStride;
  /** floats of one phase, and phases side by side */
  ptrdiff_t phaseStride;
  int32_t phasesAcross;
} prepared_image;

/** Prepares channels of `source`, each height · width numbers; `slack`: whole vectors may be read past its end. */
prepared_image prepare_image(const window *window, const float *source, int32_t channels, int32_t slack);

/** offsets[channel · taps + tap]: where a tap of the first output lies in the prepared image */
void tap_offsets(const window *window, const prepared_image *image, int32_t channels, ptrdiff_t *offsets);

/** out[row · rowStride + column · columnStride] = (or +=, to accumulate) a tile of PANEL_COLUMNS numbers a row */
void store_transposed(
    const float *tile,
    int32_t rows,
    int32_t columns,
    float *out,
    ptrdiff_t rowStride,
    ptrdiff_t columnStride,
    int32_t accumulate);

/** columns in a group up to which vectors lie along pixels instead (convolution-narrow.c) */
enum { NARROW = LANES / 2 };

/** sums[0..pixels) = start + Σ weights[k] · row[offsets[k]..); reads and writes up to whole vectors, at most RUN pixels */
void narrow_row(
    const float *weights,
    const float *row,
    const ptrdiff_t *offsets,
    int32_t depth,
    int32_t pixels,
    float start,
    float *sums);

/** dots[tap] = Σ g[y, x] · image[offsets[tap] + (y, x)] for four taps, over rows × columns numbers */
void narrow_dots(
    const float *g,
    ptrdiff_t gPitch,
    const float *image,
    ptrdiff_t pitch,
    const ptrdiff_t *offsets,
    int32_t rows,
    int32_t columns,
    float *dots);

#endif
