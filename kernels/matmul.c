// Matrix products, blocked as in Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), over the
// register tiles of tile.h: blocks of the right matrix lie in the second-level cache while strips of the left one go by.
//
// A result is the sum of its blocks of k, each a sum in the order of k (or lane by lane, where sums run along rows), then the
// bias: whatever tile computes it. Blocks follow from the right matrix and the strides, so a row has the same bits in every
// call, with whatever other rows: threads share out the rows.
#include "elementwise.h"
#include "generated/kernel-table.h"
#include "matmul-operands.h"
#include "matmul-tile.h"
#include "scratch.h"

enum {
  /** longest block of k */
  DEPTH = 512,
  /** floats of packed panels: half of a 1 MiB second-level cache */
  PANELS = 128 * 1024,
  /** floats of a strip of the left matrix: a quarter of it */
  STRIP = 64 * 1024,
  /** floats of results that are staged, or packed beside */
  STAGED = 256 * 1024,
  /** rows of a strip: those of the result lie in as many pages of memory */
  MOST_ROWS = 192,
  /** floats of a right matrix that is too large for a second-level cache */
  FAR = 256 * 1024,
  /** deeper blocks of a right matrix are packed even where the tiles could read them where they are, unless .. */
  DIRECT_DEPTH = 128,
  /** .. this few rows of tiles read them */
  DIRECT_TILES = 2,
  /** rows a multiple of this many floats apart push each other out of a first-level cache */
  COLLIDING = 1024,
  /** from this k on, sums along the rows of a transposed right matrix are long enough to be added up lane by lane */
  LONG_ROWS = 256,
  /** longest block of them */
  ROW_DEPTH = 1536,
  /** the same where the left rows are copied: a hundred of them have room */
  COPIED_ROW_DEPTH = 1024,
};

/** One matrix of the batch, some of its columns. */
typedef struct {
  const matmul_arguments *p;
  /** the first row, all of k; all of k, the first column */
  matrix a;
  matrix b;
  float *out;
  int32_t rows;
  int32_t columns;
  /** padded to whole vectors, or null */
  const float *bias;
  /** one row, and nothing is packed */
  int32_t alone;
  /** nothing is packed: sums run along the rows of both matrices */
  int32_t alongRows;
  /** sums are left beside the result first, and finished from there */
  int32_t staged;
  /** strips of a are copied to be read in order */
  int32_t copied;
  /** columns that are read where they are; the others are packed */
  int32_t direct;
  /** of k, all blocks but the last */
  int32_t depth;
  /** each panel is read by one strip only, so that there need be no more than one at a time */
  int32_t onePanel;
  /** the right matrix is not in a second-level cache: while a panel is read, the next one is fetched */
  int32_t far;
} product;

/** Where the tiles leave their sums: in the result, or beside it where whole vectors would not fit. */
typedef struct {
  float *numbers;
  ptrdiff_t stride;
} sums;

/** rows · depth of a times `columns` of the right matrix, of which row k lies at right[k · step]; `next` is fetched meanwhile */
static void multiply_tiles(
    const matrix *a,
    int32_t rows,
    int32_t depth,
    const float *right,
    ptrdiff_t step,
    int32_t columns,
    sums to,
    int32_t accumulate,
    fetched_matrix *next) {
  if (a->transposed && !PACKED_ALWAYS) {
    const pixel_tiles tiles = {
        .left = a->numbers,
        .leftStep = a->stride,
        .right = right,
        .rightStep = step,
        .pixels = depth,
        .runs = 1,
        .rows = rows,
        .columns = columns,
        .out = to.numbers,
        .outStride = to.stride,
        .accumulate = accumulate,
    };
    sum_over_pixels(&tiles);
  } else {
    const row_tiles tiles = {
        .left = a->numbers,
        .leftStride = a->stride,
        .right = right,
        .rightStep = step,
        .depth = depth,
        .rows = rows,
        .columns = columns,
        .out = to.numbers,
        .outStride = to.stride,
        .accumulate = accumulate,
        .next = next,
    };
    sum_over_columns(&tiles);
  }
}

/** what the panel behind the first one of b's columns is packed from; b is not transposed */
static fetched_matrix panel_behind(const matrix *b, int32_t depth) {
  const int32_t perRow = parts_of(PANEL_WIDTH, PIECE);
  return (fetched_matrix){
      .numbers = matrix_from(*b, 0, PANEL_WIDTH).numbers,
      .pieces = depth * perRow,
      .left = perRow,
      .perRow = perRow,
      .jump = b->stride - perRow * PIECE,
  };
}

/** A strip times the columns that are packed, of which the first strip packs each panel before it reads it. */
static void multiply_panels(
    const product *w,
    const matrix *a,
    const matrix *b,
    sums to,
    int32_t rows,
    int32_t depth,
    int32_t accumulate,
    int32_t pack) {
  float *panel = scratch.filters;
  fetched_matrix next = {.pieces = 0};
  for (int32_t column = w->direct; column < w->columns; column += PANEL_WIDTH) {
    const int32_t left = w->columns - column, width = panel_vectors(left) * LANES;
    if (pack) {
      const matrix columns = matrix_from(*b, 0, column);
      pack_panel(panel, &columns, depth, left);
      if (w->far && left >= 2 * PANEL_WIDTH) next = panel_behind(&columns, depth);
    }
    multiply_tiles(a, rows, depth, panel, width, w->staged ? width : smaller_of(left, width), to, accumulate, &next);
    to.numbers += width;
    if (!w->onePanel) panel += depth * width;
  }
}

static void multiply_strip(
    const product *w,
    const matrix *a,
    const matrix *b,
    sums to,
    int32_t rows,
    int32_t depth,
    int32_t accumulate,
    int32_t pack) {
  if (w->alone) return multiply_row(a->numbers, b, depth, w->columns, to.numbers, accumulate);
  matrix copy;
  if (w->copied) {
    copy = copy_strip(scratch.images, a, rows, depth);
    a = &copy;
  }
  if (w->alongRows) return multiply_along_rows(a, rows, b, w->columns, depth, to.numbers, to.stride, accumulate);
  fetched_matrix none = {.pieces = 0};
  multiply_tiles(a, rows, depth, b->numbers, b->stride, w->direct, to, accumulate, &none);
  to.numbers += w->direct;
  multiply_panels(w, a, b, to, rows, depth, accumulate, pack);
}

/**
 * Bias and activation of `rows` rows; sums in the result itself are whole vectors, or there is nothing to do. What whole
 * vectors write too much belongs to rows that come after it.
 */
static void finish(const product *w, sums from, float *out, int32_t rows) {
  const matmul_arguments *p = w->p;
  const int32_t relu = p->activation == TATAMI_RELU, whole = w->columns == p->n;
  const vector floor = splat(relu ? 0 : -__builtin_inff());
  static const float zeros[LANES];
  if (from.numbers != out || w->bias || relu) {
    const float *bias = w->bias ? w->bias : zeros;
    const int32_t biasStep = w->bias ? LANES : 0;
    for (int32_t row = 0; row < rows; row++, from.numbers += from.stride) {
      const int32_t room = whole && (rows - row) * (ptrdiff_t)p->n >= w->columns + LANES;
      const int32_t end = room ? parts_of(w->columns, LANES) * LANES : w->columns / LANES * LANES, left = w->columns - end;
      const float *term = bias;
      float *to = out + row * (ptrdiff_t)p->n;
      int32_t column = 0;
      for (; column < end; column += LANES, term += biasStep) {
        store(to + column, at_least(load(from.numbers + column) + load(term), floor));
      }
      if (left <= 0) continue;
      store_part(to + column, left, at_least(load(from.numbers + column) + load(term), floor));
    }
  }
  if (relu || p->activation == TATAMI_IDENTITY) return;
  if (whole) tatami_apply_activation(p->activation, p->activationParameter, out, rows * p->n);
  else {
    for (; rows > 0; rows--, out += p->n) {
      tatami_apply_activation(p->activation, p->activationParameter, out, w->columns);
    }
  }
}

/** whole tiles of rows, as many as a strip has */
static int32_t strip_rows(int32_t depth, int32_t columns) {
  const int32_t tile = columns > LANES ? DOUBLE_ROWS : SINGLE_ROWS;
  return larger_of(1, smaller_of(MOST_ROWS, STRIP / (depth + 32)) / tile) * tile;
}

static void multiply_band(const product *w, int32_t first, int32_t rows) {
  const matmul_arguments *p = w->p;
  const ptrdiff_t stagedStride = parts_of(w->columns, LANES) * LANES;
  // Of sums along rows, the right matrix comes by once for every strip: the larger, the better, unless narrow vectors have so
  // few columns at a time that the strip comes by too often not to be in the second-level cache.
  const int32_t wide = w->copied ? smaller_of(MOST_ROWS, IMAGE_CAPACITY / (w->depth + 32)) : MOST_ROWS;
  const int32_t most = w->alongRows && LANES == 16 ? wide : strip_rows(w->depth, w->columns);
  const int32_t strips = parts_of(rows, most);
  for (int32_t k = 0; k == 0 || k < p->k; k += w->depth) {
    const int32_t depth = smaller_of(w->depth, p->k - k), last = k + depth == p->k;
    const matrix b = matrix_from(w->b, k, 0);
    for (int32_t strip = 0, row = 0, count; strip < strips; strip++, row += count) {
      count = rows / strips + (strip < rows % strips);
      const matrix a = matrix_from(w->a, first + row, k);
      float *out = w->out + (first + row) * (ptrdiff_t)p->n;
      sums to = {out, p->n};
      if (w->staged) to = (sums){scratch.products + (w->depth < p->k ? row * stagedStride : 0), stagedStride};
      multiply_strip(w, &a, &b, to, count, depth, k > 0, strip == 0);
      if (last) finish(w, to, out, count);
    }
  }
}

static void multiply(const matmul_arguments *p, const matrix *a, const matrix *b, float *out, int32_t rows) {
  const int32_t far = p->k * (int64_t)p->n > FAR;
  const int32_t colliding = a->stride % COLLIDING == 0 || b->stride % COLLIDING == 0;
  const int32_t bothRows = b->transposed && !a->transposed && (!colliding || far);
  const int32_t alongRows = !PACKED_ALWAYS && bothRows && p->k >= LONG_ROWS;
  const int32_t longest = !alongRows ? DEPTH : colliding ? COPIED_ROW_DEPTH : ROW_DEPTH;
  const int32_t depth = larger_of(1, parts_of(p->k, parts_of(larger_of(1, p->k), longest)));
  const int32_t alone = rows == 1 && !a->transposed && !alongRows;
  const int32_t copied = (rows > 1 && a->stride % COLLIDING == 0) || (a->transposed && PACKED_ALWAYS);
  // A strip alone packs each panel just before it reads it, of however many columns, but for a transposed right matrix: that
  // is read in the order of its memory. Rows that are copied for every block of columns get wider ones.
  const int32_t single = rows <= strip_rows(depth, p->n), onePanel = single && !b->transposed;
  const int32_t panels = copied && !single ? FILTER_CAPACITY : PANELS;
  const int32_t capacity = alone ? IMAGE_CAPACITY - PANEL_WIDTH : onePanel ? STAGED - rows * PANEL_WIDTH : panels;
  const int32_t perColumn = alone ? 1 : onePanel ? larger_of(1, rows) : depth;
  // sums along rows need no room, but for two rows of staged results
  const int32_t most = alongRows ? STAGED / 2 - PANEL_WIDTH : capacity / perColumn;
  const int32_t fitting = larger_of(1, most / PANEL_WIDTH) * PANEL_WIDTH;
  const int32_t width = parts_of(parts_of(p->n, larger_of(1, parts_of(p->n, fitting))), PANEL_WIDTH) * PANEL_WIDTH;
  for (int32_t column = 0; column < p->n; column += width) {
    product w = {
        .p = p,
        .a = *a,
        .b = matrix_from(*b, 0, column),
        .out = out + column,
        .rows = rows,
        .columns = smaller_of(width, p->n - column),
        .depth = depth,
        .alone = alone,
        .alongRows = alongRows,
        .copied = copied,
        .onePanel = onePanel,
        .far = !b->transposed && far,
    };
    w.staged = w.columns % LANES != 0 && (LANES < 16 || alongRows || p->bias || p->activation == TATAMI_RELU);
    if (p->bias) {
      copy_floats(scratch.inputs, p->bias + column, w.columns);
      w.bias = scratch.inputs;
    }
    const int32_t inPlace = !PACKED_ALWAYS && !b->transposed;
    if (inPlace && (depth <= DIRECT_DEPTH || rows <= DIRECT_TILES * DOUBLE_ROWS)) {
      w.direct = w.columns % LANES == 0 ? w.columns : w.columns / PANEL_WIDTH * PANEL_WIDTH;
    }
    const int32_t band = !w.staged ? rows : STAGED / (w.columns + LANES);
    for (int32_t row = 0; row < rows; row += band) multiply_band(&w, row, smaller_of(band, rows - row));
  }
}

void tatami_matmul(const matmul_arguments *p) {
  // one right matrix for the whole batch: the batch is only more rows
  const int32_t merged = p->bBatchStride == 0 && !p->transposeA && p->aBatchStride == p->m * p->aStride;
  const int32_t batch = merged ? 1 : p->batch, rows = merged ? p->batch * p->m : p->m;
  const int32_t aRows = p->transposeA ? p->k : rows, aColumns = p->transposeA ? p->m : p->k;
  for (int32_t image = 0; image < batch; image++) {
    matrix a = {p->a + image * (ptrdiff_t)p->aBatchStride, p->aStride, p->transposeA, 0};
    matrix b = {p->b + image * (ptrdiff_t)p->bBatchStride, p->transposeB ? p->k : p->n, p->transposeB, 0};
    a.end = a.numbers + (aRows - 1) * a.stride + aColumns;
    b.end = b.numbers + (ptrdiff_t)p->k * p->n;
    multiply(p, &a, &b, p->out + image * (ptrdiff_t)rows * p->n, rows);
  }
}
