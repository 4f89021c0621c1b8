// Sums over taps: the tiles of direct and Winograd convolutions. Each size is a function of its own, since sums that are
// indexed by a variable live in memory.
#include "tile.h"

/** number `step` of a run */
#define STEP(step)                                                                  \
  {                                                                                 \
    vector columns[2];                                                              \
    UNROLLED for (int v = 0; v < vectors; v++) {                                    \
      columns[v] = load(panel + ((step) * vectors + v) * LANES);                    \
    }                                                                               \
    UNROLLED for (int i = 0; i < rows; i++) {                                       \
      const vector factor = splat(window[i * pitch + (step)]);                      \
      UNROLLED for (int v = 0; v < vectors; v++) sums[i][v] += factor * columns[v]; \
      ALIVE(factor);                                                                \
    }                                                                               \
    UNROLLED for (int v = 0; v < vectors; v++) ALIVE(columns[v]);                   \
  }

// The code that stores few lanes of AVX2 costs the loop registers where it is there once for each row.
enum { ENDS_FROM_MEMORY = LANES == 8 };

#define NEXT(steps)      \
  window += (steps);     \
  panel += (steps) * vectors * LANES;

ALWAYS_INLINE void one_tile(
    const int rows,
    const int vectors,
    const int pitch,
    const window_tiles *t,
    const float *image,
    const int32_t *positions) {
  vector sums[SINGLE_ROWS][2];
  UNROLLED for (int v = 0; v < vectors; v++) {
    const vector start = load(t->start + v * LANES);
    UNROLLED for (int i = 0; i < rows; i++) sums[i][v] = start;
  }
  const float *panel = t->panel;
  const int32_t *run = t->runs;
  for (int part = 0; part < 2; part++) {
    const int32_t *end = run + t->runCounts[part];
    if (pitch == 1) {
      UNROLLED_TWICE for (; run < end; run++) {
        const float *window = image + *run;
        OPAQUE(window);
        OPAQUE(panel);
        STEP(0)
        NEXT(1)
      }
      continue;
    }
    for (; run < end; run++) {
      const float *window = image + *run;
      int32_t left = t->runLengths[part];
#if !defined(__wasm__)
      // V8 would pull the loads of all four steps together, for which it has no registers: 80 % of peak become 55 %
      for (; left >= 4; left -= 4) {
        OPAQUE(window);
        STEP(0)
        STEP(1)
        STEP(2)
        STEP(3)
        NEXT(4)
      }
#endif
      NOT_UNROLLED for (; left > 0; left--) {
        OPAQUE(window);
        OPAQUE(panel);
        STEP(0)
        NEXT(1)
      }
    }
  }
  const vector floor = splat(t->floor);
  // read before the stores, which might write to anything
  float *const first = t->out;
  const int32_t lastColumns = t->lastColumns;
  if (t->accumulate) {
    UNROLLED for (int i = 0; i < rows; i++) {
      const float *out = first + positions[i];
      UNROLLED for (int v = 0; v < vectors; v++) {
        sums[i][v] += load_part(out + v * LANES, v == vectors - 1 ? lastColumns : LANES, 0);
      }
    }
  }
  if (lastColumns == LANES) {
    UNROLLED for (int i = 0; i < rows; i++) {
      float *out = first + positions[i];
      UNROLLED for (int v = 0; v < vectors; v++) store(out + v * LANES, at_least(sums[i][v], floor));
    }
    return;
  }
  vector ends[SINGLE_ROWS];
  UNROLLED for (int i = 0; i < rows; i++) {
    float *out = first + positions[i];
    UNROLLED for (int v = 0; v < vectors - 1; v++) store(out + v * LANES, at_least(sums[i][v], floor));
    ends[i] = at_least(sums[i][vectors - 1], floor);
    if (!ENDS_FROM_MEMORY) store_lanes(out + (vectors - 1) * LANES, lastColumns, ends[i]);
  }
  if (!ENDS_FROM_MEMORY) return;
  NOT_UNROLLED for (int i = 0; i < rows; i++) {
    store_lanes(first + positions[i] + (vectors - 1) * LANES, lastColumns, ends[i]);
  }
}

/** `count` tiles next to each other */
ALWAYS_INLINE void tile_row(
    const int rows, const int vectors, const int pitch, const window_tiles *t, int32_t window, int32_t count) {
  const float *image = t->image + window * pitch;
  const int32_t *positions = t->positions + window;
  for (; count > 0; count--, image += rows * pitch, positions += rows) {
    one_tile(rows, vectors, pitch, t, image, positions);
  }
}

#define TILE_FUNCTION(name, rows, vectors, pitch)                                                    \
  static __attribute__((noinline)) void name(const window_tiles *t, int32_t window, int32_t count) { \
    tile_row(rows, vectors, pitch, t, window, count);                                                \
  }
#define TILE(rows, vectors)                                    \
  TILE_FUNCTION(tile_##rows##x##vectors, rows, vectors, LANES) \
  TILE_FUNCTION(narrow_tile_##rows##x##vectors, rows, vectors, 1)

TILE_SIZES(TILE)

typedef void tile_function(const window_tiles *, int32_t, int32_t);

#define NAME(rows, vectors) tile_##rows##x##vectors,
#define NARROW_NAME(rows, vectors) narrow_tile_##rows##x##vectors,
static tile_function *const tiles[] = {TILE_SIZES(NAME)}, *const narrow_tiles[] = {TILE_SIZES(NARROW_NAME)};

void sum_over_taps(const window_tiles *t) {
  const int32_t largest = t->vectors == 1 ? SINGLE_ROWS : DOUBLE_ROWS;
  tile_function *const *sizes = (t->pitch == 1 ? narrow_tiles : tiles) + (t->vectors == 1 ? 0 : SINGLE_ROWS);
  // windows are shared out evenly: a last tile of a few rows would be as slow as a whole one
  const int32_t count = parts_of(t->windows, largest), rows = t->windows / count, more = t->windows % count;
  if (more > 0) sizes[rows](t, 0, more);
  sizes[rows - 1](t, more * (rows + 1), count - more);
}
