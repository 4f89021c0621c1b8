// Depthwise convolution: every channel has a filter of its own, so that lanes are channels of the image and of the filter
// alike. A vector of channels of a band of an image is prepared and convolved at a time.
#ifndef TATAMI_DEPTHWISE_H
#define TATAMI_DEPTHWISE_H

#include "convolution-direct.h"

/** windows of a tile, or taps: as many sums are kept in registers */
enum { TILE_SUMS = 8 };

/** `of` bands of outputs of this size; 0 rows where not even one output fits */
window depthwise_band(const window *of, int32_t channels);

/** scratch.runs: offsets of the taps; scratch.filterRows: which tap of the kernel each is. Their number. */
int32_t depthwise_taps(const window *window, const image_layout *layout, int32_t kernelWidth);

/** correlate() where every group has one channel and one column; whether it could */
int32_t depthwise_correlate(const correlation *c, const window *window);

/** correlate_gradient() for such groups */
int32_t depthwise_gradient(const conv2d_filter_gradient_arguments *arguments, const window *window);

#endif
