// Reading a strided tensor in row-major order, a piece at a time: broadcast, transposed and sliced operands become
// dense.
#ifndef TATAMI_CURSOR_H
#define TATAMI_CURSOR_H

#include "vector.h"

/** axes after merging those that lie one behind the other; tensors with more are refused before they come here */
enum { TATAMI_MAXIMUM_RANK = 16 };

typedef struct {
  const float *next;
  int32_t rank;
  int32_t shape[TATAMI_MAXIMUM_RANK];
  int32_t strides[TATAMI_MAXIMUM_RANK];
  int32_t index[TATAMI_MAXIMUM_RANK];
} cursor;

/** At the first element of `x`, whose axes are `shape` with `strides` in elements. */
static inline void cursor_start(
    cursor *at, const float *x, const int32_t *shape, const int32_t *strides, int32_t rank) {
  at->next = x;
  at->rank = 0;
  for (int32_t axis = 0; axis < rank; axis++) {
    if (shape[axis] == 1) continue;
    int32_t last = at->rank - 1;
    if (last >= 0 && at->strides[last] == strides[axis] * shape[axis]) {
      at->shape[last] *= shape[axis];
      at->strides[last] = strides[axis];
      continue;
    }
    if (at->rank == TATAMI_MAXIMUM_RANK) __builtin_trap();
    at->shape[at->rank] = shape[axis];
    at->strides[at->rank] = strides[axis];
    at->index[at->rank++] = 0;
  }
}

/** whether all elements lie one behind the other */
static inline int cursor_is_dense(const cursor *at) {
  return at->rank == 0 || (at->rank == 1 && at->strides[0] == 1);
}

/** whether there is only one element, however often it is read */
static inline int cursor_is_scalar(const cursor *at) {
  return at->rank == 0 || (at->rank == 1 && at->strides[0] == 0);
}

/** Moves on by `count` elements of the innermost axis, which has that many left. */
static inline void cursor_advance(cursor *at, int32_t count) {
  int32_t axis = at->rank - 1;
  at->index[axis] += count;
  at->next += count * at->strides[axis];
  while (axis > 0 && at->index[axis] == at->shape[axis]) {
    at->next -= at->shape[axis] * at->strides[axis];
    at->index[axis--] = 0;
    at->index[axis]++;
    at->next += at->strides[axis];
  }
}

/** The next `count` elements into `out`. */
static inline void cursor_read(cursor *at, float *out, int32_t count) {
  int32_t axis = at->rank - 1;
  int32_t stride = at->strides[axis];
  while (count > 0) {
    int32_t left = at->shape[axis] - at->index[axis];
    int32_t run = left < count ? left : count;
    const float *x = at->next;
    if (stride == 1) {
      copy_floats(out, x, run);
    } else if (stride == 0) {
      fill_floats(out, *x, run);
    } else {
      for (int32_t i = 0; i < run; i++) out[i] = x[i * stride];
    }
    cursor_advance(at, run);
    out += run;
    count -= run;
  }
}

#endif
