// Windows of convolutions: their axes, the axes of the gradient, and halves of windows that are too large for the scratch.
#include "convolution.h"

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

int32_t axis_reach(const axis *a) {
  const int32_t last = a->tapPosition + (a->taps - 1) * a->tapStep;
  return a->taps == 0 ? 0 : larger_of(last, a->tapPosition);
}

void window_halves(const window *whole, window halves[2]) {
  const axis *h = &whole->horizontal, *v = &whole->vertical;
  const int32_t vertical = h->taps == 1 || (v->taps > 1 && axis_reach(v) >= axis_reach(h));
  const axis *longer = vertical ? v : h;
  const int32_t half = longer->taps / 2;
  const axis first = axis_taps(*longer, 0, half), second = axis_taps(*longer, half, longer->taps - half);
  halves[0] = halves[1] = *whole;
  *(vertical ? &halves[0].vertical : &halves[0].horizontal) = first;
  *(vertical ? &halves[1].vertical : &halves[1].horizontal) = second;
}

axis gradient_axis(
    int32_t phase, int32_t size, int32_t outputs, int32_t kernel, int32_t stride, int32_t padding, int32_t dilation) {
  int32_t first = 0, step = 1;
  while (first < kernel && (first * dilation - phase) % stride != 0) first++;
  while (step * dilation % stride != 0) step++;
  const int32_t taps = first < kernel ? (kernel - 1 - first) / step + 1 : 0;
  const int32_t apart = step * dilation / stride, farthest = taps ? (taps - 1) * apart : 0;
  const int32_t before = (first * dilation - phase) / stride;
  const int32_t a = padding > phase ? (padding - phase + stride - 1) / stride : 0;
  const int32_t start = stride * a + phase - padding;
  return (axis){
      .size = outputs,
      .padding = before + farthest - a,
      .stride = 1,
      .taps = taps,
      .tapPosition = farthest,
      .tapStep = -apart,
      .kernelIndex = first,
      .kernelStep = step,
      .outputs = start < size ? (size - 1 - start) / stride + 1 : 0,
      .outputStart = start,
      .outputStep = stride,
  };
}
