// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011), a block of
// four words in each lane. The convention stands in random/philox.ts: key (seed, stream), counter (block, step, 0, 0).
#include "generated/kernel-table.h"
#include "vector-math.h"

#define MULTIPLIER_0 0xd2511f53u
#define MULTIPLIER_1 0xcd9e8d57u
/** what the key grows by each round: the golden ratio and the square root of 3, as fractions of 2^32 */
#define WEYL_0 0x9e3779b9u
#define WEYL_1 0xbb67ae85u
enum { ROUNDS = 10, BLOCK_WORDS = 4 };

typedef struct {
  words word[BLOCK_WORDS];
} blocks;

/** the upper words of a · b, of products of halves: lanes of 64 bits are slow to multiply in WebAssembly */
ALWAYS_INLINE words upper_product(words a, uint32_t b) {
  words upper = a >> 16, lower = a & 0xffff;
  words middle = upper * (b & 0xffff) + ((lower * (b & 0xffff)) >> 16);
  words other = lower * (b >> 16) + (middle & 0xffff);
  return upper * (b >> 16) + (middle >> 16) + (other >> 16);
}

/** The blocks from number `first` on, one in each lane. */
ALWAYS_INLINE blocks philox(uint32_t first, const int32_t *key) {
  words zero = {0};
  words c0 = zero + first, c1 = zero + (uint32_t)key[2], c2 = zero, c3 = zero;
  UNROLLED for (int lane = 0; lane < LANES; lane++) c0[lane] += (uint32_t)lane;
  uint32_t k0 = (uint32_t)key[0], k1 = (uint32_t)key[1];
  for (int round = 0; round < ROUNDS; round++, k0 += WEYL_0, k1 += WEYL_1) {
    words upper0 = upper_product(c0, MULTIPLIER_0), lower0 = c0 * MULTIPLIER_0;
    words upper1 = upper_product(c2, MULTIPLIER_1), lower1 = c2 * MULTIPLIER_1;
    c0 = upper1 ^ c1 ^ k0;
    c1 = lower1;
    c2 = upper0 ^ c3 ^ k1;
    c3 = lower0;
  }
  return (blocks){{c0, c1, c2, c3}};
}

/** the upper 24 bits of a word, as a whole number */
ALWAYS_INLINE vector upper_bits(words word) { return __builtin_convertvector((integers)(word >> 8), vector); }

/**
 * Cosine and sine of 2π turns, turns in [0, 1): the nearest quarter is taken off exactly, and what is left, at most an
 * eighth of a turn, goes through minimax polynomials (errors below 2^-25).
 */
ALWAYS_INLINE void cosine_sine(vector turns, vector *cosine, vector *sine) {
  integers number;
  vector quarter = round_nearest(turns * 4.0f, &number);
  vector t = turns - quarter * 0.25f;
  vector square = t * t;
  vector s = -76.7160034f * square + 81.6245804f;
  s = s * square - 41.3418617f;
  s = (s * square + 6.28318548f) * t;
  vector c = 58.620224f * square - 85.4245148f;
  c = c * square + 64.9391479f;
  c = (c * square - 19.7392082f) * square + 1.0f;
  integers swapped = (number & 1) != 0;
  *cosine = (vector)((integers)select(swapped, s, c) ^ ((number + 1) & 2) << 30);
  *sine = (vector)((integers)select(swapped, c, s) ^ (number & 2) << 30);
}

/** Box and Muller 1958: two normal numbers of two words */
ALWAYS_INLINE void box_muller(words first, words second, vector *x, vector *y) {
  vector radius = square_root(-2.0f * logarithm((upper_bits(first) + 1.0f) * 0x1p-24f));
  vector cosine, sine;
  cosine_sine(upper_bits(second) * 0x1p-24f, &cosine, &sine);
  *x = radius * cosine;
  *y = radius * sine;
}

void tatami_random(const random_arguments *arguments) {
  int32_t count = arguments->count;
  for (int32_t start = 0; start < count; start += BLOCK_WORDS * LANES) {
    blocks random = philox((uint32_t)start / BLOCK_WORDS, arguments->key);
    vector numbers[BLOCK_WORDS];
    if (arguments->distribution == 0) {
      for (int word = 0; word < BLOCK_WORDS; word++) numbers[word] = upper_bits(random.word[word]) * 0x1p-24f;
    } else {
      box_muller(random.word[0], random.word[1], &numbers[0], &numbers[1]);
      box_muller(random.word[2], random.word[3], &numbers[2], &numbers[3]);
    }
    float elements[BLOCK_WORDS * LANES];
    for (int word = 0; word < BLOCK_WORDS; word++) {
      vector scaled = numbers[word] * arguments->spread + arguments->low;
      UNROLLED for (int lane = 0; lane < LANES; lane++) elements[BLOCK_WORDS * lane + word] = scaled[lane];
    }
    int32_t left = count - start;
    copy_floats(arguments->out + start, elements, left < BLOCK_WORDS * LANES ? left : BLOCK_WORDS * LANES);
  }
}

void tatami_next_key(const next_key_arguments *arguments) {
  arguments->out[0] = arguments->key[0];
  arguments->out[1] = arguments->key[1];
  arguments->out[2] = (int32_t)((uint32_t)arguments->key[2] + 1);
}
