// The transforms of Winograd's F(4 × 4, 3 × 3), a vector of channels at a time (Lavin and Gray, "Fast Algorithms for
// Convolutional Neural Networks", 2016): tiles of 6 × 6 numbers give 4 × 4 outputs of a 3 × 3 filter,
//   out = Aᵀ [(G w Gᵀ) ⊙ (Bᵀ d B)] A,   and transposed   dw = Gᵀ [(A g Aᵀ) ⊙ (Bᵀ d B)] G,
// summed over channels, or over tiles, at each of the 36 positions. The matrices belong to polynomials at the points
// 0, ±P, ±Q and infinity.
#ifndef TATAMI_WINOGRAD_TRANSFORMS_H
#define TATAMI_WINOGRAD_TRANSFORMS_H

#include <stddef.h>

#include "vector.h"

// Half of the rounding error that the usual 1 and 2 bring, a fifth of its largest; exact in binary, as are their squares.
#define P 0.625f
#define Q 1.5f
#define P2 (P * P)
#define Q2 (Q * Q)
/** 1 / Π (point − other points) */
#define P_SCALE (1 / (2 * P2 * (P2 - Q2)))
#define Q_SCALE (1 / (2 * Q2 * (Q2 - P2)))

/** Bᵀ d */
ALWAYS_INLINE void transform_input(const vector d[6], vector out[6]) {
  const vector evenP = d[4] - Q2 * d[2], oddP = d[3] - Q2 * d[1];
  const vector evenQ = d[4] - P2 * d[2], oddQ = d[3] - P2 * d[1];
  out[0] = P2 * Q2 * d[0] - (P2 + Q2) * d[2] + d[4];
  out[1] = evenP + P * oddP;
  out[2] = evenP - P * oddP;
  out[3] = evenQ + Q * oddQ;
  out[4] = evenQ - Q * oddQ;
  out[5] = P2 * Q2 * d[1] - (P2 + Q2) * d[3] + d[5];
}

/** G w */
ALWAYS_INLINE void transform_filter(const vector w[3], vector out[6]) {
  const vector evenP = P_SCALE * w[0] + P_SCALE * P2 * w[2], oddP = P_SCALE * P * w[1];
  const vector evenQ = Q_SCALE * w[0] + Q_SCALE * Q2 * w[2], oddQ = Q_SCALE * Q * w[1];
  out[0] = 1 / (P2 * Q2) * w[0];
  out[1] = evenP + oddP;
  out[2] = evenP - oddP;
  out[3] = evenQ + oddQ;
  out[4] = evenQ - oddQ;
  out[5] = w[2];
}

/** Aᵀ m */
ALWAYS_INLINE void transform_output(const vector m[6], vector out[4]) {
  const vector sumP = m[1] + m[2], differenceP = m[1] - m[2];
  const vector sumQ = m[3] + m[4], differenceQ = m[3] - m[4];
  out[0] = m[0] + sumP + sumQ;
  out[1] = P * differenceP + Q * differenceQ;
  out[2] = P2 * sumP + Q2 * sumQ;
  out[3] = m[5] + P * P2 * differenceP + Q * Q2 * differenceQ;
}

/** A g */
ALWAYS_INLINE void transform_gradient(const vector g[4], vector out[6]) {
  const vector evenP = g[0] + P2 * g[2], oddP = P * g[1] + P * P2 * g[3];
  const vector evenQ = g[0] + Q2 * g[2], oddQ = Q * g[1] + Q * Q2 * g[3];
  out[0] = g[0];
  out[1] = evenP + oddP;
  out[2] = evenP - oddP;
  out[3] = evenQ + oddQ;
  out[4] = evenQ - oddQ;
  out[5] = g[3];
}

/** Gᵀ u */
ALWAYS_INLINE void transform_filter_gradient(const vector u[6], vector out[3]) {
  const vector sumP = P_SCALE * (u[1] + u[2]), differenceP = P_SCALE * P * (u[1] - u[2]);
  const vector sumQ = Q_SCALE * (u[3] + u[4]), differenceQ = Q_SCALE * Q * (u[3] - u[4]);
  out[0] = 1 / (P2 * Q2) * u[0] + sumP + sumQ;
  out[1] = differenceP + differenceQ;
  out[2] = P2 * sumP + Q2 * sumQ + u[5];
}

/**
 * TRANSFORM_SQUARE(transform, from, to, LOAD, STORE): a transform of `from` numbers to `to`, applied to the columns and
 * then to the rows of a square; LOAD(row, column) is an expression, STORE(row, column, value) a statement.
 */
#define TRANSFORM_SQUARE(transform, from, to, LOAD, STORE)                 \
  {                                                                        \
    vector rows[to][from];                                                 \
    UNROLLED for (int column = 0; column < from; column++) {               \
      vector numbers[from], results[to];                                            \
      UNROLLED for (int row = 0; row < from; row++) numbers[row] = LOAD(row, column); \
      transform(numbers, results);                                                  \
      UNROLLED for (int row = 0; row < to; row++) rows[row][column] = results[row]; \
    }                                                                      \
    UNROLLED for (int row = 0; row < to; row++) {                          \
      vector results[to];                                                      \
      transform(rows[row], results);                                           \
      UNROLLED for (int column = 0; column < to; column++) STORE(row, column, results[column]); \
    }                                                                      \
  }

#endif
