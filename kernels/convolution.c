// The three convolutions: which way each is computed.
#include "convolution-direct.h"
#include "depthwise.h"
#include "elementwise.h"
#include "winograd.h"

/** whether the mask has been applied */
static int32_t choose_way(const correlation *c, const window *w, int32_t exact) {
  const int32_t channels = c->source.channels, columns = c->columns;
  if (w->vertical.outputs <= 0 || w->horizontal.outputs <= 0) return 0;
  if (channels == 1 && columns == 1 && c->groups > 1 && depthwise_correlate(c, w)) return 0;
  if (!exact && c->groups == 1 && winograd_pays(w, c->source.batch, channels, columns)) {
    winograd_correlate(c, w);
    return 1;
  }
  correlate(c, w);
  return 0;
}

/** out[0..count) = 0 where mask is not above 0 */
static void apply_mask(float *out, const float *mask, ptrdiff_t count) {
  ptrdiff_t i = 0;
  for (; i + LANES <= count; i += LANES) store(out + i, select(load(mask + i) > 0, load(out + i), splat(0)));
  for (; i < count; i++) out[i] = mask[i] > 0 ? out[i] : 0;
}

/** one past the last float of `batch` images */
static const float *end_of(const float *images, int32_t batch, int32_t height, int32_t width, int32_t channels) {
  return images + batch * (ptrdiff_t)height * width * channels;
}

void tatami_conv2d(const conv2d_arguments *p) {
  const window w = CONVOLUTION_WINDOW(p);
  // other activations come behind the sums
  const int32_t finished = p->activation == TATAMI_IDENTITY || p->activation == TATAMI_RELU, pools = p->pooled || p->indices;
  const int32_t sources = p->inChannels / p->groups, columns = p->outChannels / p->groups;
  const ptrdiff_t taps = (ptrdiff_t)p->kernelHeight * p->kernelWidth;
  const correlation c = {
      .source = {
          .numbers = p->x,
          .end = end_of(p->x, p->batch, p->height, p->width, p->inChannels),
          .stride = p->inChannels,
          .batch = p->batch,
          .channels = sources,
      },
      .groups = p->groups,
      .columns = columns,
      .w = p->w,
      .filterEnd = p->w + taps * sources * p->outChannels,
      .groupStride = columns,
      .tapStride = (ptrdiff_t)sources * p->outChannels,
      .channelStride = p->outChannels,
      .kernelWidth = p->kernelWidth,
      .bias = p->bias,
      .floor = p->activation == TATAMI_RELU ? 0 : -__builtin_inff(),
      .out = p->out,
      .outHeight = p->outHeight,
      .outWidth = p->outWidth,
      .pool = finished && pools ? p : 0,
  };
  choose_way(&c, &w, p->exact);
  if (finished) return;
  const int32_t image = p->outHeight * p->outWidth * p->outChannels;
  for (int32_t n = 0; n < p->batch; n++) {
    tatami_apply_activation(p->activation, p->activationParameter, p->out + n * (ptrdiff_t)image, image);
    if (pools) pool_images(p, n, 1);
  }
}

void tatami_conv2d_input_gradient(const conv2d_input_gradient_arguments *p) {
  const int32_t sources = p->outChannels / p->groups, columns = p->inChannels / p->groups;
  const ptrdiff_t taps = (ptrdiff_t)p->kernelHeight * p->kernelWidth;
  const correlation c = {
      .source = {
          .numbers = p->g,
          .end = end_of(p->g, p->batch, p->outHeight, p->outWidth, p->outChannels),
          .stride = p->outChannels,
          .batch = p->batch,
          .channels = sources,
      },
      .groups = p->groups,
      .columns = columns,
      .w = p->w,
      .filterEnd = p->w + taps * p->outChannels * columns,
      .groupStride = (ptrdiff_t)sources * columns,
      .tapStride = (ptrdiff_t)p->outChannels * columns,
      .channelStride = columns,
      .kernelWidth = p->kernelWidth,
      .floor = -__builtin_inff(),
      .mask = p->mask,
      .out = p->out,
      .outHeight = p->height,
      .outWidth = p->width,
  };
  int32_t masked = 0;
  for (int32_t y = 0; y < p->strideHeight; y++) {
    for (int32_t x = 0; x < p->strideWidth; x++) {
      const window w = {
          gradient_axis(y, p->height, p->outHeight, p->kernelHeight, p->strideHeight, p->paddingTop, p->dilationHeight),
          gradient_axis(x, p->width, p->outWidth, p->kernelWidth, p->strideWidth, p->paddingLeft, p->dilationWidth),
      };
      masked |= choose_way(&c, &w, p->exact);
    }
  }
  if (p->mask && !masked) apply_mask(p->out, p->mask, p->batch * (ptrdiff_t)p->height * p->width * p->inChannels);
}

void tatami_conv2d_filter_gradient(const conv2d_filter_gradient_arguments *p) {
  const window w = CONVOLUTION_WINDOW(p);
  const int32_t depthwise = p->groups > 1 && p->groups == p->inChannels && p->groups == p->outChannels;
  if (depthwise && depthwise_gradient(p, &w)) return;
  const int32_t regroup = !p->exact && p->groups == 1;
  if (regroup && winograd_pays(&w, p->batch, p->inChannels, p->outChannels)) winograd_filter_gradient(p, &w);
  else correlate_gradient(p, &w);
}
