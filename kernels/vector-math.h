// exp, expm1, log, log1p, tanh and erf on vectors, within 2 units in the last place over the whole range, special
// values as in IEEE 754; and what follows from them (sigmoid, softplus, gelu). pow stands in vector-power.h.
//
// Method (Muller, "Elementary Functions", chapters 3 and 11): reduce the argument exactly (Cody and Waite: a constant
// split in two, the upper part so short that its products are exact), then a minimax polynomial. The coefficients are
// our own: Lawson's weighted iteration on relative error, each rounded to float32 before the next is fitted.
#ifndef TATAMI_VECTOR_MATH_H
#define TATAMI_VECTOR_MATH_H

#include "vector.h"

/** ln 2 in two parts; the upper has 9 bits, so that a whole number of up to 15 bits times it is exact */
#define LN2_UPPER 0.693359375f
#define LN2_LOWER (-2.12194440e-4f)
#define LOG2_E 1.44269504f

/** the float 2^n, for n in [-126, 127] */
ALWAYS_INLINE vector power_of_two(integers n) { return (vector)((n + 127) << 23); }

/** x = n ln 2 + r with |r| <= ln 2 / 2: returns e^r - 1 and leaves n, for |x| <= 128 */
ALWAYS_INLINE vector expm1_reduced(vector x, integers *n) {
  vector whole = round_nearest(x * LOG2_E, n);
  vector r = (x - whole * LN2_UPPER) - whole * LN2_LOWER;
  // e^r = 1 + r + r² p(r), |error| < 2^-33
  vector p = 1.97426896e-4f * r + 1.39359338e-3f;
  p = p * r + 8.33356939e-3f;
  p = p * r + 0.0416664556f;
  p = p * r + 0.166666657f;
  p = p * r + 0.5f;
  return r * r * p + r;
}

ALWAYS_INLINE vector exponential(vector x) {
  integers n;
  // beyond these the result is 0 or infinity
  vector p = expm1_reduced(at_most(at_least(x, splat(-104.0f)), splat(89.0f)), &n) + 1.0f;
  // in two steps, because 2^n alone may not be a float where the result is (denormals, the largest numbers)
  integers half = n >> 1;
  return p * power_of_two(half) * power_of_two(n - half);
}

/** e^x - 1, exact for the smallest x too */
ALWAYS_INLINE vector exponential_minus_1(vector x) {
  integers n;
  vector p = expm1_reduced(at_most(at_least(x, splat(-30.0f)), splat(89.0f)), &n);
  // 2^n (1 + p) - 1, halved so that n = 128 does not overflow early
  vector scale = power_of_two(n - 1);
  vector general = (scale * p + (scale - 0.5f)) * 2.0f;
  return select(n == 0, select(p == 0.0f, x, p), general);
}

/** the smallest mantissa of the logarithm's reduction, sqrt(1/2), as the bits of a float */
#define SQRT_HALF_BITS 0x3f3504f3

/** log(1 + f) + exponent · ln 2 for 1 + f in [sqrt(1/2), sqrt(2)] */
ALWAYS_INLINE vector log_reduced(vector f, vector exponent) {
  // log(1 + f) = f - f²/2 + f³ p(f), |error| < 2^-30
  vector p = 0.0674926788f * f - 0.116700977f;
  p = p * f + 0.118835486f;
  p = p * f - 0.124062337f;
  p = p * f + 0.142203584f;
  p = p * f - 0.166679889f;
  p = p * f + 0.200020716f;
  p = p * f - 0.250000089f;
  p = p * f + 0.333333135f;
  vector square = f * f;
  vector small = square * f * p + exponent * LN2_LOWER;
  return exponent * LN2_UPPER + (f + (small - 0.5f * square));
}

/** what a logarithm is where its argument, `x`, is not a positive finite number */
ALWAYS_INLINE vector log_special(vector x, vector result) {
  result = select(x == 0.0f, splat(-__builtin_inff()), result);
  result = select(x == __builtin_inff(), x, result);
  return select(x >= 0.0f, result, splat(__builtin_nanf("")));
}

/** the natural logarithm */
ALWAYS_INLINE vector logarithm(vector x) {
  integers denormal = x < 1.17549435e-38f;
  integers bits = (integers)select(denormal, x * 8388608.0f, x) - SQRT_HALF_BITS;
  integers exponent = (bits >> 23) - (denormal & 23);
  vector mantissa = (vector)((bits & 0x7fffff) + SQRT_HALF_BITS);
  return log_special(x, log_reduced(mantissa - 1.0f, __builtin_convertvector(exponent, vector)));
}

/** log(1 + x), exact for the smallest x too */
ALWAYS_INLINE vector logarithm_of_1_plus(vector x) {
  vector sum = 1.0f + x;
  // what the sum lost, exactly: it is the smaller of the two that was cut
  vector lost = select(x < 1.0f, x - (sum - 1.0f), 1.0f - (sum - x));
  integers bits = (integers)sum - SQRT_HALF_BITS;
  integers exponent = bits >> 23;
  vector mantissa = (vector)((bits & 0x7fffff) + SQRT_HALF_BITS);
  // 2^-exponent; past 2^64 nothing that was lost can matter
  vector scale = power_of_two(-select_integer(exponent > 64, splat_integer(64), exponent));
  vector f = (mantissa - 1.0f) + lost * scale;
  return log_special(sum, log_reduced(select(exponent == 0, x, f), __builtin_convertvector(exponent, vector)));
}

ALWAYS_INLINE vector with_sign_of(vector magnitude, vector sign) {
  return (vector)((integers)magnitude | ((integers)sign & INT32_MIN));
}

ALWAYS_INLINE vector hyperbolic_tangent(vector x) {
  vector square = x * x;
  // near 0: x + x³ p(x²), |error| < 2^-32
  vector p = 2.14083376e-3f * square - 8.17828067e-3f;
  p = p * square + 0.021702772f;
  p = p * square - 0.0539475791f;
  p = p * square + 0.133332178f;
  p = p * square - 0.333333313f;
  vector near = x * square * p + x;
  vector magnitude = absolute(x);
  vector far = 1.0f - 2.0f / (exponential(2.0f * magnitude) + 1.0f);
  return select(magnitude < 0.63f, near, with_sign_of(far, x));
}

/** the error function */
ALWAYS_INLINE vector error_function(vector x) {
  vector square = x * x;
  // near 0: x + x p(x²), |error| < 2^-30
  vector p = 7.99488989e-5f * square - 8.04949668e-4f;
  p = p * square + 5.19239204e-3f;
  p = p * square - 0.0268557295f;
  p = p * square + 0.112836257f;
  p = p * square - 0.376126289f;
  p = p * square + 0.128379166f;
  vector near = x * p + x;
  // elsewhere: 1 - exp(q(|x|)), q the logarithm of the complement; from 4 on the result is 1
  vector magnitude = at_most(absolute(x), splat(4.0f));
  vector q = -2.08228012e-5f * magnitude + 4.31338238e-4f;
  q = q * magnitude - 4.15604422e-3f;
  q = q * magnitude + 0.025080204f;
  q = q * magnitude - 0.108219944f;
  q = q * magnitude - 0.633401096f;
  q = q * magnitude - 1.12948835f;
  q = q * magnitude + 1.6920385e-4f;
  vector far = with_sign_of(1.0f - exponential(q), x);
  return select(magnitude < 0.92f, near, far);
}

ALWAYS_INLINE vector sigmoid(vector x) { return 1.0f / (1.0f + exponential(-x)); }

/** log(1 + e^x) without overflow */
ALWAYS_INLINE vector softplus(vector x) {
  return at_least(x, splat(0.0f)) + logarithm_of_1_plus(exponential(-absolute(x)));
}

/** x times the normal distribution's share below x (Hendrycks and Gimpel 2016) */
ALWAYS_INLINE vector gelu(vector x) { return 0.5f * x * (1.0f + error_function(x * 0.707106781f)); }

#endif
