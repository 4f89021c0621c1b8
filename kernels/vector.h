// Vectors of floats in GCC/Clang vector extensions, as wide as the target's registers: 4 lanes for WebAssembly and
// NEON, 8 for AVX2, 16 for AVX-512. Kernels are written against `LANES` and these few helpers, never
// against intrinsics.
#ifndef TATAMI_VECTOR_H
#define TATAMI_VECTOR_H

#include <stdint.h>

/** of(first), of(first + 1), … */
#define FOUR(of, first) of(first), of((first) + 1), of((first) + 2), of((first) + 3)

// TATAMI_WIDE asks for 16 lanes where there is no AVX-512, which makes two registers of each vector: slow, but the code for
// AVX-512 can be tested on any processor.
#if (defined(__AVX512F__) || defined(TATAMI_WIDE)) && !defined(NARROW_VECTORS)
#define WIDE_VECTORS
#endif

// EACH_LANE(of): of(0), of(1), … for all lanes, as an initialiser or the indices of a shuffle
#if defined(WIDE_VECTORS)
enum { LANES = 16 };
#define EACH_LANE(of) FOUR(of, 0), FOUR(of, 4), FOUR(of, 8), FOUR(of, 12)
#elif defined(__AVX2__)
enum { LANES = 8 };
#define EACH_LANE(of) FOUR(of, 0), FOUR(of, 4)
#else
enum { LANES = 4 };
#define EACH_LANE(of) FOUR(of, 0)
#endif

typedef float vector __attribute__((vector_size(LANES * 4), may_alias));
/** lanes of int32; a comparison of vectors gives -1 (all bits) for true and 0 for false */
typedef int32_t integers __attribute__((vector_size(LANES * 4), may_alias));
typedef uint32_t words __attribute__((vector_size(LANES * 4), may_alias));

/** the same at any address that is a multiple of 4 */
typedef vector unaligned_vector __attribute__((aligned(4)));
typedef words unaligned_words __attribute__((aligned(4)));

/** four floats, whatever the width of a vector */
typedef float quad __attribute__((vector_size(16), may_alias));
typedef quad unaligned_quad __attribute__((aligned(4)));

/** before a loop over lanes: where it stays a loop, the vector goes through memory */
#if defined(__clang__)
#define UNROLLED _Pragma("clang loop unroll(full)")
#define NOT_UNROLLED _Pragma("clang loop unroll(disable)")
#else
#define UNROLLED _Pragma("GCC unroll 16")
#define NOT_UNROLLED _Pragma("GCC unroll 1")
#endif

/** before a loop of few instructions, so that counting steps takes its time; WebAssembly's module has to be small */
#if defined(__wasm__)
#define UNROLLED_TWICE NOT_UNROLLED
#elif defined(__clang__)
#define UNROLLED_TWICE _Pragma("clang loop unroll_count(2)")
#else
#define UNROLLED_TWICE _Pragma("GCC unroll 2")
#endif

/** every thread that runs programs has its own; WebAssembly without atomics is one thread */
#if defined(__wasm__) && !defined(__wasm_atomics__)
#define PER_THREAD
#else
#define PER_THREAD _Thread_local
#endif

/** Hides where a pointer comes from: clang then puts constant offsets into the loads instead of adding them up. */
#define OPAQUE(pointer) __asm__("" : "+r"(pointer))

/**
 * Keeps a factor in its register until here. gcc would else let AVX2's last multiply-add write its sum over it, and of the 16
 * registers, in which sums then go round, some go through memory.
 */
#if defined(__AVX2__) && !defined(WIDE_VECTORS)
#define ALIVE(vector) __asm__ volatile("" : : "x"(vector))
#else
#define ALIVE(vector)
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE vector load(const float *address) { return *(const unaligned_vector *)address; }

ALWAYS_INLINE void store(float *address, vector value) { *(unaligned_vector *)address = value; }

ALWAYS_INLINE quad load_quad(const float *address) { return *(const unaligned_quad *)address; }

ALWAYS_INLINE void store_quad(float *address, quad value) { *(unaligned_quad *)address = value; }

ALWAYS_INLINE words load_words(const uint32_t *address) { return *(const unaligned_words *)address; }

ALWAYS_INLINE void store_words(uint32_t *address, words value) { *(unaligned_words *)address = value; }

/** all lanes the same number; adding to a zero vector would turn -0 into 0, subtracting zero does not */
ALWAYS_INLINE vector splat(float value) { return value - (vector){0}; }

ALWAYS_INLINE integers splat_integer(int32_t value) { return value + (integers){0}; }

// 0 < count < LANES lanes of memory; no more than those are touched
#if defined(__AVX512F__) && defined(WIDE_VECTORS)
ALWAYS_INLINE vector load_lanes(const float *address, int32_t count, float rest) {
  return __builtin_ia32_loadups512_mask(address, splat(rest), (uint16_t)((1u << count) - 1));
}

ALWAYS_INLINE void store_lanes(float *address, int32_t count, vector lanes) {
  __builtin_ia32_storeups512_mask(address, lanes, (uint16_t)((1u << count) - 1));
}
#elif defined(__AVX2__) && !defined(WIDE_VECTORS)
ALWAYS_INLINE vector load_lanes(const float *address, int32_t count, float rest) {
  const integers mask = (integers){EACH_LANE(+)} < splat_integer(count);
  const vector lanes = __builtin_ia32_maskloadps256((const vector *)address, mask);
  return (vector)(((integers)lanes & mask) | ((integers)splat(rest) & ~mask));
}

typedef float pair __attribute__((vector_size(8), may_alias, aligned(4)));

/** Masked stores take some processors longer than up to three whole ones. */
ALWAYS_INLINE void store_lanes(float *address, int32_t count, vector lanes) {
  quad left = __builtin_shufflevector(lanes, lanes, 0, 1, 2, 3);
  if (count & 4) {
    store_quad(address, left);
    address += 4;
    left = __builtin_shufflevector(lanes, lanes, 4, 5, 6, 7);
  }
  if (count & 2) {
    *(pair *)address = __builtin_shufflevector(left, left, 0, 1);
    address += 2;
    left = __builtin_shufflevector(left, left, 2, 3, 2, 3);
  }
  if (count & 1) *address = left[0];
}
#else
// Functions of their own: they are rare, and many would be large.
static __attribute__((noinline, unused)) vector load_lanes(const float *address, int32_t count, float rest) {
  float lanes[LANES];
  store(lanes, splat(rest));
  for (int lane = 0; lane < count; lane++) lanes[lane] = address[lane];
  return load(lanes);
}

static __attribute__((noinline, unused)) void store_lanes(float *address, int32_t count, vector from) {
  float lanes[LANES];
  store(lanes, from);
  for (int lane = 0; lane < count; lane++) address[lane] = lanes[lane];
}
#endif

// Where few lanes are rare. With AVX2 they take much code, which costs the loops around it registers: a function then, although
// a call sends all vectors that are in registers through memory. AVX-512 has an instruction, others have functions anyway.
#if defined(__AVX2__) && !defined(WIDE_VECTORS)
#define RARE static __attribute__((noinline, unused))
#else
#define RARE ALWAYS_INLINE
#endif

RARE vector load_few(const float *address, int32_t count, float rest) { return load_lanes(address, count, rest); }

RARE void store_few(float *address, int32_t count, vector lanes) { store_lanes(address, count, lanes); }

/** `left` lanes, if that is less than all; the others are `rest` */
ALWAYS_INLINE vector load_part(const float *address, int32_t left, float rest) {
  return left >= LANES ? load(address) : load_few(address, left, rest);
}

/** the first `left` lanes, if that is less than all */
ALWAYS_INLINE void store_part(float *address, int32_t left, vector lanes) {
  if (left >= LANES) store(address, lanes);
  else store_few(address, left, lanes);
}

/** all lanes, but for those from `end` on, which are not read and are anything */
ALWAYS_INLINE vector load_before(const float *address, const float *end) {
  return load_part(address, end - address < LANES ? (int32_t)(end - address) : LANES, 0);
}

/** lane by lane: mask ? a : b, the mask all ones or all zeros */
ALWAYS_INLINE vector select(integers mask, vector a, vector b) {
  return (vector)((mask & (integers)a) | (~mask & (integers)b));
}

ALWAYS_INLINE integers select_integer(integers mask, integers a, integers b) { return (mask & a) | (~mask & b); }

// A maximum and a minimum of x86 are one instruction, and give their second operand where zeros or a NaN are compared.
// clang has the wide ones under other names, and finds them in the selects by itself
#if defined(__AVX512F__) && defined(WIDE_VECTORS) && !defined(__clang__)
#define LARGER_OR_SECOND(a, b) __builtin_ia32_maxps512_mask(a, b, b, (uint16_t)-1, 4)
#define SMALLER_OR_SECOND(a, b) __builtin_ia32_minps512_mask(a, b, b, (uint16_t)-1, 4)
#elif defined(__AVX2__) && !defined(WIDE_VECTORS)
#define LARGER_OR_SECOND(a, b) __builtin_ia32_maxps256(a, b)
#define SMALLER_OR_SECOND(a, b) __builtin_ia32_minps256(a, b)
#endif

// Clang turns the selects of the next two into the maximum and minimum of WebAssembly, which order zeros and NaNs and
// are seven instructions each in V8; these are one, and exp takes 5 ns a vector instead of 8.

/** x, but no less than `low`; NaN stays NaN */
ALWAYS_INLINE vector at_least(vector x, vector low) {
#if defined(__wasm_simd128__)
  return __builtin_wasm_pmax_f32x4(x, low);
#elif defined(LARGER_OR_SECOND)
  return LARGER_OR_SECOND(low, x);
#else
  return select(x < low, low, x);
#endif
}

/** x, but no more than `high`; NaN stays NaN */
ALWAYS_INLINE vector at_most(vector x, vector high) {
#if defined(__wasm_simd128__)
  return __builtin_wasm_pmin_f32x4(x, high);
#elif defined(SMALLER_OR_SECOND)
  return SMALLER_OR_SECOND(high, x);
#else
  return select(x > high, high, x);
#endif
}

/** the larger; NaN when either is NaN */
ALWAYS_INLINE vector larger(vector a, vector b) { return select((a > b) | (a != a), a, b); }

/** the smaller; NaN when either is NaN */
ALWAYS_INLINE vector smaller(vector a, vector b) { return select((a < b) | (a != a), a, b); }

/** whether any bit is set; GCC takes the lanes of a wide vector out one by one */
ALWAYS_INLINE int32_t any_bit(words x) {
#if defined(__AVX2__)
  typedef long long quads __attribute__((vector_size(32)));
#if defined(WIDE_VECTORS)
  typedef long long all_quads __attribute__((vector_size(64)));
  const all_quads all = (all_quads)x;
  const quads some = __builtin_shufflevector(all, all, 0, 1, 2, 3) | __builtin_shufflevector(all, all, 4, 5, 6, 7);
#else
  const quads some = (quads)x;
#endif
  return !__builtin_ia32_ptestz256(some, some);
#else
  typedef uint64_t halves __attribute__((vector_size(16)));
  const halves both = (halves)x;
  return (both[0] | both[1]) != 0;
#endif
}

ALWAYS_INLINE vector absolute(vector x) { return (vector)((integers)x & 0x7fffffff); }

ALWAYS_INLINE vector square_root(vector x) {
  vector root;
  UNROLLED for (int lane = 0; lane < LANES; lane++) root[lane] = __builtin_sqrtf(x[lane]);
  return root;
}

/** 1.5 · 2^23: a float this large has no bits left for a fraction, and its low bits count the ones */
#define WHOLE 12582912.0f

/** the nearest whole number and, as integers, `number`; for |x| < 2^22 */
ALWAYS_INLINE vector round_nearest(vector x, integers *number) {
  vector shifted = x + WHOLE;
  *number = (integers)shifted - (integers)splat(WHOLE);
  return shifted - WHOLE;
}

/** out[0..count) = x[0..count); unlike memcpy made for short runs */
ALWAYS_INLINE void copy_floats(float *out, const float *x, int32_t count) {
  if (count < LANES) {
    for (int32_t i = 0; i < count; i++) out[i] = x[i];
    return;
  }
  for (int32_t i = 0; i < count - LANES; i += LANES) store(out + i, load(x + i));
  // the last vector may overlap the one before
  store(out + count - LANES, load(x + count - LANES));
}

/** out[0..count) = value */
ALWAYS_INLINE void fill_floats(float *out, float value, int32_t count) {
  int32_t i = 0;
  for (; i + LANES <= count; i += LANES) store(out + i, splat(value));
  for (; i < count; i++) out[i] = value;
}

/** lanes are added as a tree whose order is part of the result's bits: each half to the one before it */
ALWAYS_INLINE float sum_lanes(vector x) {
#if defined(__AVX2__)
  typedef float eight __attribute__((vector_size(32)));
#if defined(WIDE_VECTORS)
  const eight half = __builtin_shufflevector(x, x, FOUR(+, 0), FOUR(+, 4)) + __builtin_shufflevector(x, x, FOUR(+, 8), FOUR(+, 12));
#else
  const eight half = x;
#endif
  const quad quarter = __builtin_shufflevector(half, half, FOUR(+, 0)) + __builtin_shufflevector(half, half, FOUR(+, 4));
#else
  const quad quarter = x;
#endif
  const quad pair = quarter + __builtin_shufflevector(quarter, quarter, 2, 3, 2, 3);
  return pair[0] + pair[1];
}

#endif
