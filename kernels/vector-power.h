// pow on vectors, correctly rounded but for rare last bits: 2^(y log2 |x|) in double precision, because an error in the
// product counts absolutely in the result's exponent. Special values as in IEEE 754: 1 to any power is 1.
#ifndef TATAMI_VECTOR_POWER_H
#define TATAMI_VECTOR_POWER_H

#include "vector.h"

typedef double doubles __attribute__((vector_size(LANES * 8), may_alias));
typedef int64_t long_integers __attribute__((vector_size(LANES * 8), may_alias));

ALWAYS_INLINE doubles select_doubles(long_integers mask, doubles a, doubles b) {
  return (doubles)((mask & (long_integers)a) | (~mask & (long_integers)b));
}

/** 2^52: the doubles from here on are whole numbers whose low bits are the number itself */
#define DOUBLE_WHOLE 4503599627370496.0
#define DOUBLE_WHOLE_BITS 0x4330000000000000
/** the bits of the double sqrt(1/2) */
#define DOUBLE_SQRT_HALF_BITS 0x3fe6a09e667f3bcd

/** log2 of a positive normal double, |error| < 2^-39 */
ALWAYS_INLINE doubles log2_doubles(doubles x) {
  // 1024 keeps the exponent's field positive
  long_integers bits = (long_integers)x - DOUBLE_SQRT_HALF_BITS + ((int64_t)1024 << 52);
  doubles exponent = (doubles)((bits >> 52) | DOUBLE_WHOLE_BITS) - (DOUBLE_WHOLE + 1024.0);
  doubles mantissa = (doubles)((bits & 0xfffffffffffff) + DOUBLE_SQRT_HALF_BITS);
  // log m = 2 artanh s with s = (m - 1) / (m + 1), |s| < 0.172, by its series
  doubles s = (mantissa - 1.0) / (mantissa + 1.0);
  doubles square = s * s;
  doubles p = square * (1.0 / 13) + 1.0 / 11;
  p = p * square + 1.0 / 9;
  p = p * square + 1.0 / 7;
  p = p * square + 1.0 / 5;
  p = p * square + 1.0 / 3;
  p = p * square + 1.0;
  return exponent + s * p * 2.8853900817779268; // 2 / ln 2
}

/** 2^x for |x| <= 512, |relative error| < 2^-36 */
ALWAYS_INLINE doubles exp2_doubles(doubles x) {
  doubles shifted = x + DOUBLE_WHOLE * 1.5;
  doubles r = (x - (shifted - DOUBLE_WHOLE * 1.5)) * 0.69314718055994531;
  // e^r by its series, |r| <= ln 2 / 2
  doubles p = r * (1.0 / 362880) + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  // the low bits of `shifted` are the whole part of x; all above them leaves with the shift
  return (doubles)((long_integers)p + ((long_integers)shifted << 52));
}

ALWAYS_INLINE vector power(vector x, vector y) {
  vector magnitude = absolute(x);
  doubles base = __builtin_convertvector(magnitude, doubles);
  doubles exponent = __builtin_convertvector(y, doubles);
  doubles logarithm = select_doubles(base > 0.0, log2_doubles(base), (doubles){0} - __builtin_inf());
  logarithm = select_doubles(base < __builtin_inf(), logarithm, base);
  doubles product = exponent * logarithm;
  product = select_doubles(product > 512.0, (doubles){0} + 512.0, product);
  product = select_doubles(product < -512.0, (doubles){0} - 512.0, product);
  doubles number = select_doubles(product == product, exp2_doubles(product), product);
  vector result = __builtin_convertvector(number, vector);

  // a negative base: only whole exponents, and odd ones keep the sign; from 2^24 on every float is whole and even
  vector limited = select(absolute(y) < 16777216.0f, y, splat(16777216.0f));
  integers whole = __builtin_convertvector(limited, integers);
  integers fraction = __builtin_convertvector(whole, vector) != limited;
  integers sign = (integers)x & (whole << 31) & ~fraction & INT32_MIN;
  integers impossible = (x < 0.0f) & (magnitude < __builtin_inff()) & fraction;
  result = (vector)((integers)result | sign);
  result = select(impossible, splat(__builtin_nanf("")), result);
  return select((y == 0.0f) | (x == 1.0f), splat(1.0f), result);
}

#endif
