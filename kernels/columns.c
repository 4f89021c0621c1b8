// im2col and its transpose: the patches of images as the rows of a matrix, and back, added up where they overlap.
#include "generated/kernel-table.h"
#include "vector.h"

/** Taps [first, last) of one axis of a window that lie inside the image. */
typedef struct {
  int32_t first, last;
} taps;

/** `start` is where tap 0 lies; tap i lies at start + i · dilation */
static inline taps taps_inside(int32_t start, int32_t kernel, int32_t dilation, int32_t length) {
  if (start >= 0 && start + (kernel - 1) * dilation < length) return (taps){0, kernel};
  int32_t first = start < 0 ? (-start + dilation - 1) / dilation : 0;
  int32_t last = start >= length ? 0 : (length - start + dilation - 1) / dilation;
  if (last > kernel) last = kernel;
  return (taps){first < last ? first : last, last};
}

void tatami_im2col(const im2col_arguments *arguments) {
  int32_t height = arguments->height, width = arguments->width, channels = arguments->channels;
  int32_t kernelHeight = arguments->kernelHeight, kernelWidth = arguments->kernelWidth;
  int32_t dilationHeight = arguments->dilationHeight, dilationWidth = arguments->dilationWidth;
  float *out = arguments->out;
  for (int32_t image = 0; image < arguments->batch; image++) {
    const float *x = arguments->x + image * channels * height * width;
    for (int32_t row = 0; row < arguments->outHeight; row++) {
      int32_t top = row * arguments->strideHeight - arguments->paddingTop;
      taps rows = taps_inside(top, kernelHeight, dilationHeight, height);
      for (int32_t column = 0; column < arguments->outWidth; column++) {
        int32_t left = column * arguments->strideWidth - arguments->paddingLeft;
        taps columns = taps_inside(left, kernelWidth, dilationWidth, width);
        for (int32_t channel = 0; channel < channels; channel++) {
          for (int32_t i = 0; i < kernelHeight; i++, out += kernelWidth) {
            const float *line = x + (channel * height + top + i * dilationHeight) * width + left;
            taps here = i >= rows.first && i < rows.last ? columns : (taps){0, 0};
            if (dilationWidth == 1 && here.last - here.first == kernelWidth) {
              copy_floats(out, line, kernelWidth);
              continue;
            }
            int32_t j = 0;
            for (; j < here.first; j++) out[j] = 0;
            for (; j < here.last; j++) out[j] = line[j * dilationWidth];
            for (; j < kernelWidth; j++) out[j] = 0;
          }
        }
      }
    }
  }
}

void tatami_col2im(const col2im_arguments *arguments) {
  int32_t height = arguments->height, width = arguments->width, channels = arguments->channels;
  int32_t kernelHeight = arguments->kernelHeight, kernelWidth = arguments->kernelWidth;
  int32_t dilationHeight = arguments->dilationHeight, dilationWidth = arguments->dilationWidth;
  const float *x = arguments->x;
  for (int32_t image = 0; image < arguments->batch; image++) {
    float *out = arguments->out + image * channels * height * width;
    fill_floats(out, 0, channels * height * width);
    for (int32_t row = 0; row < arguments->outHeight; row++) {
      int32_t top = row * arguments->strideHeight - arguments->paddingTop;
      taps rows = taps_inside(top, kernelHeight, dilationHeight, height);
      for (int32_t column = 0; column < arguments->outWidth; column++) {
        int32_t left = column * arguments->strideWidth - arguments->paddingLeft;
        taps columns = taps_inside(left, kernelWidth, dilationWidth, width);
        for (int32_t channel = 0; channel < channels; channel++, x += kernelHeight * kernelWidth) {
          for (int32_t i = rows.first; i < rows.last; i++) {
            float *line = out + (channel * height + top + i * dilationHeight) * width + left;
            const float *patch = x + i * kernelWidth;
            for (int32_t j = columns.first; j < columns.last; j++) line[j * dilationWidth] += patch[j];
          }
        }
      }
    }
  }
}
