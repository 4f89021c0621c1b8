// Moving words: copy between strided layouts (transpose, slice, pad, concatenate), fill and cast.
#include "cursor.h"
#include "generated/kernel-table.h"
#include "quad.h"
#include "vector.h"

typedef struct {
  int32_t length;
  int32_t x;
  int32_t out;
} axis;

/** words that are worth a call of memcpy */
enum { LONG_RUN = 128 };
/** words of a transpose's square block: both sides of it stay in the first cache */
enum { SQUARE = 32 };

static void copy_run(const uint32_t *x, uint32_t *out, axis inner) {
  int32_t i = 0;
  if (inner.x == 1 && inner.out == 1) {
    if (inner.length >= LONG_RUN) {
      __builtin_memcpy(out, x, (uint32_t)inner.length * sizeof(uint32_t));
      return;
    }
    for (; i + LANES <= inner.length; i += LANES) store_words(out + i, load_words(x + i));
  }
  for (; i < inner.length; i++) out[i * inner.out] = x[i * inner.x];
}

static inline int32_t smallest(int32_t a, int32_t b) { return a < b ? a : b; }

/** Where a square of 4 begins that is to cover `position`: the last one of an axis overlaps its neighbour. */
static inline int32_t square_start(int32_t position, int32_t length) { return smallest(position, length - 4); }

/** `rows` have stride 1 in x, `columns` stride 1 in out */
static void copy_transposed(const uint32_t *x, uint32_t *out, axis rows, axis columns) {
  if (rows.length < 4 || columns.length < 4) {
    for (int32_t row = 0; row < rows.length; row++) {
      for (int32_t column = 0; column < columns.length; column++) out[row * rows.out + column] = x[row + column * columns.x];
    }
    return;
  }
  for (int32_t row = 0; row < rows.length; row += SQUARE) {
    const int32_t rowEnd = smallest(row + SQUARE, rows.length);
    for (int32_t column = 0; column < columns.length; column += SQUARE) {
      const int32_t columnEnd = smallest(column + SQUARE, columns.length);
      for (int32_t i = row; i < rowEnd; i += 4) {
        const int32_t r = square_start(i, rows.length);
        for (int32_t j = column; j < columnEnd; j += 4) {
          const int32_t c = square_start(j, columns.length);
          float *square = (float *)(out + r * rows.out + c);
          transpose_square(square, rows.out, (const float *)(x + r + c * columns.x), columns.x);
        }
      }
    }
  }
}

/** The axes of the copy without those of length 1, neighbours merged where both sides allow it; returns how many. */
static int32_t merge_axes(const copy_arguments *arguments, axis *axes) {
  int32_t rank = 0;
  for (int32_t i = 0; i < arguments->shapeCount; i++) {
    axis next = {arguments->shape[i], arguments->xStrides[i], arguments->outStrides[i]};
    if (next.length == 1) continue;
    axis *last = &axes[rank - 1];
    if (rank > 0 && last->x == next.x * next.length && last->out == next.out * next.length) {
      *last = (axis){last->length * next.length, next.x, next.out};
      continue;
    }
    if (rank == TATAMI_MAXIMUM_RANK) __builtin_trap();
    axes[rank++] = next;
  }
  return rank;
}

static void copy_axes(const uint32_t *x, uint32_t *out, const axis *axes, int32_t rank) {
  if (rank == 1) return copy_run(x, out, axes[0]);
  if (rank == 2 && axes[0].x == 1 && axes[1].out == 1) return copy_transposed(x, out, axes[0], axes[1]);
  for (int32_t i = 0; i < axes[0].length; i++) copy_axes(x + i * axes[0].x, out + i * axes[0].out, axes + 1, rank - 1);
}

void tatami_copy(const copy_arguments *arguments) {
  axis axes[TATAMI_MAXIMUM_RANK] = {{1, 1, 1}};
  int32_t rank = merge_axes(arguments, axes);
  if (rank == 0) rank = 1;
  // the axis that x runs along comes second to last, where a transpose finds it
  if (axes[rank - 1].x != 1) {
    for (int32_t i = 0; i < rank - 2; i++) {
      if (axes[i].x != 1) continue;
      axis along = axes[i];
      for (; i < rank - 2; i++) axes[i] = axes[i + 1];
      axes[rank - 2] = along;
    }
  }
  copy_axes(arguments->x + arguments->xOffset, arguments->out + arguments->outOffset, axes, rank);
}

void tatami_fill(const fill_arguments *arguments) {
  uint32_t *out = arguments->out;
  uint32_t bits = (uint32_t)arguments->bits;
  int32_t i = 0;
  for (; i + LANES <= arguments->count; i += LANES) store_words(out + i, bits - (words){0});
  for (; i < arguments->count; i++) out[i] = bits;
}

/** truncated; NaN gives 0, what lies outside the nearest int32 */
ALWAYS_INLINE integers to_integers(vector x) {
  // the largest float below 2^31
  vector limited = at_most(at_least(select(x == x, x, splat(0)), splat(-0x1p31f)), splat(2147483520.0f));
  return select_integer(x >= 0x1p31f, splat_integer(INT32_MAX), __builtin_convertvector(limited, integers));
}

ALWAYS_INLINE vector to_floats(vector bits) { return __builtin_convertvector((integers)bits, vector); }

void tatami_cast(const cast_arguments *arguments) {
  const float *x = (const float *)arguments->x;
  float *out = (float *)arguments->out;
  for (int32_t i = 0; i < arguments->count; i += LANES) {
    int32_t left = arguments->count - i;
    vector from = load_part(x + i, left, 0);
    store_part(out + i, left, arguments->toFloat ? to_floats(from) : (vector)to_integers(from));
  }
}
