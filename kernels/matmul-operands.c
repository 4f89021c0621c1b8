// Copying the operands of a matrix product to where the register tiles read them in order.
#include "matmul-operands.h"

#include "tile.h"

/** floats of a cache line: of every row as many are copied at a time */
enum { LINE = 16 };

// Transposing LANES × LANES floats in registers: squares of four first, which stay within quarters of 128 bits, then the
// quarters. These choose from two vectors, the second one's lanes numbered from LANES on.
#define QUARTER(lane) ((lane) & ~3)
#define LOW_OF_EACH(lane) (QUARTER(lane) + ((lane) & 3) / 2 + (lane) % 2 * LANES)
#define HIGH_OF_EACH(lane) (LOW_OF_EACH(lane) + 2)
#define LOW_HALVES(lane) (QUARTER(lane) + (lane) % 2 + ((lane) & 2) / 2 * LANES)
#define HIGH_HALVES(lane) (LOW_HALVES(lane) + 2)
#define FIRST_OF(lane, size) ((lane) & (size) ? LANES + (lane) - (size) : (lane))
#define SECOND_OF(lane, size) ((lane) & (size) ? LANES + (lane) : (lane) + (size))
#define FIRST_QUARTERS(lane) FIRST_OF(lane, 4)
#define SECOND_QUARTERS(lane) SECOND_OF(lane, 4)
#define FIRST_PAIRS(lane) FIRST_OF(lane, 8)
#define SECOND_PAIRS(lane) SECOND_OF(lane, 8)
#define CHOOSE(a, b, lanes) __builtin_shufflevector(a, b, EACH_LANE(lanes))

#define EXCHANGE(a, b, first, second)                \
  {                                                  \
    const vector kept = CHOOSE(a, b, first);         \
    b = CHOOSE(a, b, second);                        \
    a = kept;                                        \
  }

ALWAYS_INLINE void transpose_square_of_vectors(vector rows[LANES]) {
  UNROLLED for (int i = 0; i < LANES; i += 4) {
    const vector low01 = CHOOSE(rows[i], rows[i + 1], LOW_OF_EACH), low23 = CHOOSE(rows[i + 2], rows[i + 3], LOW_OF_EACH);
    const vector high01 = CHOOSE(rows[i], rows[i + 1], HIGH_OF_EACH);
    const vector high23 = CHOOSE(rows[i + 2], rows[i + 3], HIGH_OF_EACH);
    rows[i] = CHOOSE(low01, low23, LOW_HALVES);
    rows[i + 1] = CHOOSE(low01, low23, HIGH_HALVES);
    rows[i + 2] = CHOOSE(high01, high23, LOW_HALVES);
    rows[i + 3] = CHOOSE(high01, high23, HIGH_HALVES);
  }
#if defined(__AVX2__)
  UNROLLED for (int i = 0; i < LANES; i++) {
    if (!(i & 4)) EXCHANGE(rows[i], rows[i + 4], FIRST_QUARTERS, SECOND_QUARTERS)
  }
#endif
#if defined(__AVX512F__) && !defined(NARROW_VECTORS)
  UNROLLED for (int i = 0; i < 8; i++) EXCHANGE(rows[i], rows[i + 8], FIRST_PAIRS, SECOND_PAIRS)
#endif
}

static void pack_rows(float *panel, const matrix *b, int32_t depth, int32_t vectors) {
  const float *row = b->numbers;
  for (; depth > 0; depth--, row += b->stride, panel += vectors * LANES) {
    for (int32_t v = 0; v < vectors; v++) store(panel + v * LANES, load_before(row + v * LANES, b->end));
  }
}

/** one vector of a panel from rows of a transposed b; the rows that are missing are the last one again */
static void pack_transposed(float *panel, const matrix *b, int32_t depth, int32_t columns, int32_t width) {
  const float *row = b->numbers;
  ptrdiff_t offsets[LANES];
  for (int i = 0; i < LANES; i++) offsets[i] = smaller_of(i, columns - 1) * b->stride;
  vector square[LANES];
  for (; depth >= LANES; depth -= LANES, row += LANES, panel += LANES * width) {
    UNROLLED for (int i = 0; i < LANES; i++) square[i] = load(row + offsets[i]);
    transpose_square_of_vectors(square);
    UNROLLED for (int i = 0; i < LANES; i++) store(panel + i * width, square[i]);
  }
  if (depth == 0) return;
  for (int i = 0; i < LANES; i++) square[i] = load_before(row + offsets[i], b->end);
  transpose_square_of_vectors(square);
  UNROLLED for (int i = 0; i < LANES; i++) {
    if (i < depth) store(panel + i * width, square[i]);
  }
}

void pack_panels(float *panels, const matrix *b, int32_t depth, int32_t columns) {
  for (int32_t column = 0; column < columns; column += PANEL_WIDTH, panels += depth * PANEL_WIDTH) {
    const int32_t vectors = panel_vectors(columns - column);
    matrix part = matrix_from(*b, 0, column);
    if (!b->transposed) pack_rows(panels, &part, depth, vectors);
    else {
      for (int32_t v = 0; v < vectors; v++) {
        part = matrix_from(*b, 0, column + v * LANES);
        pack_transposed(panels + v * LANES, &part, depth, columns - column - v * LANES, vectors * LANES);
      }
    }
  }
}

void copy_windows(float *windows, const matrix *a, int32_t rows, int32_t depth) {
  const ptrdiff_t block = (ptrdiff_t)rows * LANES;
  for (int32_t column = 0; column < depth; column += LINE) {
    const int32_t blocks = parts_of(smaller_of(LINE, depth - column), LANES);
    const float *row = a->numbers + column;
    for (int32_t i = 0; i < rows; i++, row += a->stride, windows += LANES) {
      for (int32_t v = 0; v < blocks; v++) store(windows + v * block, load_before(row + v * LANES, a->end));
    }
    windows += (blocks - 1) * block;
  }
}

void copy_transposed(float *pixels, const matrix *a, int32_t rows, int32_t depth) {
  for (int32_t column = 0; column < depth; column++) {
    for (int32_t row = 0; row < rows; row++) *pixels++ = a->numbers[row * a->stride + column];
  }
}
