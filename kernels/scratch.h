// Working memory of the convolutions: fixed, one for each thread, none of it kept from call to call.
#ifndef TATAMI_SCRATCH_H
#define TATAMI_SCRATCH_H

#include <stdint.h>

#include "vector.h"

enum {
  /** floats of prepared images: half of a 1 MiB second-level cache */
  IMAGE_CAPACITY = 128 * 1024,
  /** floats of packed or transformed filters */
  FILTER_CAPACITY = 512 * 1024,
  /** floats of transformed tiles, and as many of their products: all that a lane has of small images of many channels */
  TILE_CAPACITY = 512 * 1024,
  /** runs of taps of one block of a convolution */
  TAP_CAPACITY = 4096,
  /** windows of one row of a block */
  ROW_CAPACITY = 1024,
  /** floats of a pixel outside of an image: all channels that Winograd's filters have room for */
  ZERO_CAPACITY = FILTER_CAPACITY / 36 / LANES + LANES,
};

typedef struct {
  /** a vector more than there is: reads by whole vectors may end in it */
  _Alignas(64) float images[IMAGE_CAPACITY + LANES];
  _Alignas(64) float filters[FILTER_CAPACITY + LANES];
  _Alignas(64) float inputs[TILE_CAPACITY];
  _Alignas(64) float products[TILE_CAPACITY];
  int32_t runs[TAP_CAPACITY];
  int32_t filterRows[TAP_CAPACITY];
  int32_t positions[ROW_CAPACITY];
  /** of each transformed tile, a bit for each output that nothing but zeros goes into */
  uint16_t emptyOutputs[ROW_CAPACITY];
  /** never written */
  float zeros[ZERO_CAPACITY];
} convolution_scratch;

#if defined(__wasm__) && !defined(__wasm_atomics__)
extern convolution_scratch scratch;
#else
// A thread's own variables are filled when it first looks at one, all instruction sets' together: so large a one would
// cost every thread of Node megabytes that it never uses.
extern PER_THREAD convolution_scratch *thread_scratch;
#define scratch (*thread_scratch)
#endif

/** Sees to it that this thread has its scratch. */
void ready_scratch(void);

#endif
