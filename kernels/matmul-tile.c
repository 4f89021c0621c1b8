// Sums over the columns of a left matrix that lies row by row: what sum_over_pixels is to one that lies column by column.
// The tiles have the same sizes, each a function of its own, as in tap-tile.c.
#include "matmul-tile.h"

// Rows share pointers: row i is stride · (i % SHARING) after pointer i / SHARING. An x86 address can hold that, V8's cannot.
#if defined(__wasm__)
enum { SHARING = 1 };
#else
enum { SHARING = 3 };
#endif
enum { POINTERS = (SINGLE_ROWS + SHARING - 1) / SHARING };

// With few registers the loop is left after any step: steps are then blocks of their own, and neither V8 nor gcc pulls the
// loads of all of them together. With many registers that costs 10 % instead.
enum { LEAVES = PACKED_ALWAYS, STEPS = LEAVES ? 8 : 4 };

#define STEP(step)                                                                                        \
  {                                                                                                       \
    if (LEAVES && (step) > 0 && depth == (step)) break;                                                   \
    vector columns[2];                                                                                    \
    UNROLLED for (int v = 0; v < vectors; v++) {                                                          \
      columns[v] = load(right + ((PACKED_ALWAYS ? (step) * vectors : 0) + v) * LANES);                    \
    }                                                                                                     \
    UNROLLED for (int i = 0; i < rows; i++) {                                                             \
      const char *number = pointers[i / SHARING] + i % SHARING * stride;                                  \
      const vector factor = splat(((const float *)number)[step]);                                         \
      UNROLLED for (int v = 0; v < vectors; v++) sums[i][v] += factor * columns[v];                       \
      ALIVE(factor);                                                                                      \
    }                                                                                                     \
    UNROLLED for (int v = 0; v < vectors; v++) ALIVE(columns[v]);                                         \
    if (!PACKED_ALWAYS) {                                                                                 \
      right += rightStep;                                                                                 \
      OPAQUE(right);                                                                                      \
    }                                                                                                     \
  }

#define NEXT(steps)                                                                                       \
  UNROLLED for (int i = 0; i < rows; i += SHARING) pointers[i / SHARING] += (steps) * sizeof(float);      \
  if (PACKED_ALWAYS) right += (steps) * vectors * LANES;

#define HIDE_POINTERS                                                                                     \
  UNROLLED for (int i = 0; i < rows; i += SHARING) OPAQUE(pointers[i / SHARING]);                         \
  OPAQUE(right);

ALWAYS_INLINE void tile(
    const int rows,
    const int vectors,
    const row_tiles *t,
    const float *left,
    const float *right,
    float *out,
    int32_t lastColumns) {
  const ptrdiff_t stride = t->leftStride * (ptrdiff_t)sizeof(float), rightStep = t->rightStep;
  vector sums[SINGLE_ROWS][2];
  UNROLLED for (int i = 0; i < rows; i++) {
    UNROLLED for (int v = 0; v < vectors; v++) sums[i][v] = splat(0);
  }
  // results of large products are far away, and come while the sums are made
  UNROLLED for (int i = 0; i < rows; i++) {
    UNROLLED for (int v = 0; v < vectors; v++) __builtin_prefetch(out + i * t->outStride + v * LANES, 1);
  }
  const char *pointers[POINTERS];
  UNROLLED for (int i = 0; i < rows; i += SHARING) pointers[i / SHARING] = (const char *)left + i * stride;
  int32_t depth = t->depth;
  for (; depth >= (LEAVES ? 1 : STEPS); depth -= STEPS) {
    HIDE_POINTERS
    if (!PACKED_ALWAYS) fetch_piece(t->next);
    STEP(0)
    STEP(1)
    STEP(2)
    STEP(3)
    if (LEAVES) {
      STEP(4)
      STEP(5)
      STEP(6)
      STEP(7)
    }
    NEXT(STEPS)
  }
  if (!LEAVES) {
    NOT_UNROLLED for (; depth > 0; depth--) {
      HIDE_POINTERS
      STEP(0)
      NEXT(1)
    }
  }
  UNROLLED for (int i = 0; i < rows; i++, out += t->outStride) {
    UNROLLED for (int v = 0; v < vectors; v++) {
      const int32_t valid = v == vectors - 1 && !PACKED_ALWAYS ? lastColumns : LANES;
      if (t->accumulate) sums[i][v] += load_part(out + v * LANES, valid, 0);
      store_part(out + v * LANES, valid, sums[i][v]);
    }
  }
}

/** `count` tiles below each other */
#define TILE(rows, vectors)                                                                                        \
  static __attribute__((noinline)) void tile_##rows##x##vectors(                                                   \
      const row_tiles *t, const float *left, const float *right, float *out, int32_t lastColumns, int32_t count) { \
    for (; count > 0; count--, left += (rows) * t->leftStride, out += (rows) * t->outStride) {                     \
      tile(rows, vectors, t, left, right, out, lastColumns);                                                       \
    }                                                                                                              \
  }

#if defined(__wasm__)
// larger ones of one vector would add more to the module than to its speed
enum { LARGEST_SINGLE = 4 };
#define SIZES(SIZE) TO_4(SIZE, 1) TO_4(SIZE, 2)
#else
enum { LARGEST_SINGLE = SINGLE_ROWS };
#define SIZES(SIZE) TILE_SIZES(SIZE)
#endif

SIZES(TILE)

typedef void tile_function(const row_tiles *, const float *, const float *, float *, int32_t, int32_t);

#define NAME(rows, vectors) tile_##rows##x##vectors,
static tile_function *const tiles[] = {SIZES(NAME)};

void sum_over_columns(const row_tiles *t) {
  for (int32_t column = 0; column < t->columns; column += PANEL_WIDTH) {
    const int32_t columns = smaller_of(PANEL_WIDTH, t->columns - column), vectors = panel_vectors(columns);
    const int32_t largest = vectors == 1 ? LARGEST_SINGLE : DOUBLE_ROWS, lastColumns = columns - (vectors - 1) * LANES;
    const int32_t count = parts_of(t->rows, largest), rows = t->rows / count, more = t->rows % count;
    const float *left = t->left + more * (rows + 1) * t->leftStride, *right = t->right + column;
    float *out = t->out + column;
    tile_function *const *sizes = tiles + (vectors == 1 ? 0 : LARGEST_SINGLE);
    if (more > 0) sizes[rows](t, t->left, right, out, lastColumns, more);
    sizes[rows - 1](t, left, right, out + more * (rows + 1) * t->outStride, lastColumns, count - more);
  }
}
