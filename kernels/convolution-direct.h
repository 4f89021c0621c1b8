// Direct convolution: every product as it stands.
#ifndef TATAMI_CONVOLUTION_DIRECT_H
#define TATAMI_CONVOLUTION_DIRECT_H

#include "convolution.h"

/** What is correlated with what: the columns are the channels of the result. */
typedef struct {
  /** images of the first group; its channels are those of one group */
  channel_images source;
  int32_t groups;
  /** of one group */
  int32_t columns;
  /** that of column n at w[group · groupStride + (y · kernelWidth + x) · tapStride + channel · channelStride + n] */
  const float *w;
  const float *filterEnd;
  ptrdiff_t groupStride;
  ptrdiff_t tapStride;
  ptrdiff_t channelStride;
  int32_t kernelWidth;
  /** [groups · columns], or null */
  const float *bias;
  /** lower bound of the result */
  float floor;
  /** add to the result instead of writing it */
  int32_t accumulate;
  /** of the result's shape, or null: the result is 0 where this is not above 0 */
  const float *mask;
  float *out;
  int32_t outHeight;
  int32_t outWidth;
  /** whose max pool each image goes through when it is finished, or null */
  const conv2d_arguments *pool;
} correlation;

/** The max pool behind a convolution, of `count` images from `image` on. */
void pool_images(const conv2d_arguments *arguments, int32_t image, int32_t count);

void correlate(const correlation *c, const window *window);

/** The correlation of x and g: the filters' gradient. */
void correlate_gradient(const conv2d_filter_gradient_arguments *arguments, const window *window);

#endif
