// The max pool behind a convolution: image by image, while what was summed is still in a cache.
#include "convolution-direct.h"

void pool_images(const conv2d_arguments *p, int32_t image, int32_t count) {
  const ptrdiff_t plane = p->outHeight * (ptrdiff_t)p->outWidth * p->outChannels;
  const ptrdiff_t pooled = image * (ptrdiff_t)p->pooledHeight * p->pooledWidth * p->outChannels;
  const max_pool2d_arguments pool = {
      .x = p->out + image * plane,
      .out = p->pooled ? p->pooled + pooled : 0,
      .indices = p->indices ? p->indices + pooled : 0,
      .planes = count,
      .channels = p->outChannels,
      .height = p->outHeight,
      .width = p->outWidth,
      .outHeight = p->pooledHeight,
      .outWidth = p->pooledWidth,
      .kernelHeight = p->poolHeight,
      .kernelWidth = p->poolWidth,
      .strideHeight = p->poolStrideHeight,
      .strideWidth = p->poolStrideWidth,
      .paddingTop = p->poolPaddingTop,
      .paddingLeft = p->poolPaddingLeft,
  };
  tatami_max_pool2d(&pool);
}
