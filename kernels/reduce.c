// Sums, maxima and minima along axes, and the index of the largest. The order of additions is fixed by the shape alone,
// in pieces that keep the error small (Higham, "The accuracy of floating point summation", 1993: pairwise summation).
#include "generated/kernel-table.h"
#include "vector.h"

enum { SUM, MAX, MIN };

/** partial results kept apart in a row, whatever the vector's width, so that every width gives the same bits */
enum { PARTS = 16, VECTORS = PARTS / LANES };
/** elements of a row that are added up without splitting it in halves */
enum { ROW_PIECE = 1024 };
/** rows of a matrix that are added up before they go to the total, and columns that are worked on at once */
enum { ROWS_PIECE = 64, COLUMNS_PIECE = 256 };

ALWAYS_INLINE vector combine(int32_t operation, vector a, vector b) {
  if (operation == SUM) return a + b;
  return operation == MAX ? larger(a, b) : smaller(a, b);
}

ALWAYS_INLINE float combine_one(int32_t operation, float a, float b) {
  if (operation == SUM) return a + b;
  return ((operation == MAX ? a > b : a < b) | (a != a)) ? a : b;
}

ALWAYS_INLINE float identity(int32_t operation) {
  return operation == SUM ? 0.0f : operation == MAX ? -__builtin_inff() : __builtin_inff();
}

ALWAYS_INLINE float reduce_piece(int32_t operation, const float *x, int32_t length) {
  if (length < PARTS) {
    float total = identity(operation);
    for (int32_t i = 0; i < length; i++) total = combine_one(operation, total, x[i]);
    return total;
  }
  vector sums[VECTORS];
  for (int part = 0; part < VECTORS; part++) sums[part] = splat(identity(operation));
  int32_t i = 0;
  for (; i + PARTS <= length; i += PARTS) {
    for (int part = 0; part < VECTORS; part++) sums[part] = combine(operation, sums[part], load(x + i + part * LANES));
  }
  float parts[PARTS];
  for (int part = 0; part < VECTORS; part++) store(parts + part * LANES, sums[part]);
  for (int32_t part = 0; i < length; i++, part++) parts[part] = combine_one(operation, parts[part], x[i]);
  for (int half = PARTS / 2; half > 0; half /= 2) {
    for (int part = 0; part < half; part++) parts[part] = combine_one(operation, parts[part], parts[part + half]);
  }
  return parts[0];
}

static float reduce_row(int32_t operation, const float *x, int32_t length) {
  if (length > ROW_PIECE) {
    int32_t half = length / 2 / ROW_PIECE * ROW_PIECE;
    if (half == 0) half = ROW_PIECE;
    float first = reduce_row(operation, x, half);
    return combine_one(operation, first, reduce_row(operation, x + half, length - half));
  }
  if (operation == SUM) return reduce_piece(SUM, x, length);
  return operation == MAX ? reduce_piece(MAX, x, length) : reduce_piece(MIN, x, length);
}

/** sums[0..columns) = reduction of `rows` rows, `pitch` elements apart; columns at most COLUMNS_PIECE */
ALWAYS_INLINE void reduce_rows_piece(
    int32_t operation, const float *x, int32_t rows, int32_t pitch, int32_t columns, float *sums) {
  int32_t whole = columns / LANES * LANES;
  for (int32_t i = 0; i < columns; i++) sums[i] = identity(operation);
  int32_t row = 0;
  // four rows at a time: one load and store of the sum for four of x
  for (; row + 4 <= rows; row += 4, x += 4 * (int64_t)pitch) {
    const float *x1 = x + pitch, *x2 = x1 + pitch, *x3 = x2 + pitch;
    for (int32_t i = 0; i < whole; i += LANES) {
      vector pair = combine(operation, load(x + i), load(x1 + i));
      vector other = combine(operation, load(x2 + i), load(x3 + i));
      store(sums + i, combine(operation, load(sums + i), combine(operation, pair, other)));
    }
    for (int32_t i = whole; i < columns; i++) {
      float pair = combine_one(operation, x[i], x1[i]);
      float other = combine_one(operation, x2[i], x3[i]);
      sums[i] = combine_one(operation, sums[i], combine_one(operation, pair, other));
    }
  }
  for (; row < rows; row++, x += pitch) {
    for (int32_t i = 0; i < columns; i++) sums[i] = combine_one(operation, sums[i], x[i]);
  }
}

/** `operation` over some axes times `scale` */
typedef struct {
  int32_t operation;
  float scale;
} reduction;

/** out = out combined with `scale` times a partial result */
ALWAYS_INLINE void take_in(reduction by, float *out, float part) {
  *out = combine_one(by.operation, *out, by.scale * part);
}

/** out[0..columns) = out combined with the reduction of the rows of x */
static void reduce_rows(reduction by, const float *x, int32_t rows, int32_t columns, float *out) {
  const int32_t operation = by.operation;
  float sums[COLUMNS_PIECE];
  for (int32_t column = 0; column < columns; column += COLUMNS_PIECE) {
    int32_t width = columns - column < COLUMNS_PIECE ? columns - column : COLUMNS_PIECE;
    for (int32_t row = 0; row < rows; row += ROWS_PIECE) {
      int32_t height = rows - row < ROWS_PIECE ? rows - row : ROWS_PIECE;
      const float *piece = x + (int64_t)row * columns + column;
      if (operation == SUM) reduce_rows_piece(SUM, piece, height, columns, width, sums);
      if (operation == MAX) reduce_rows_piece(MAX, piece, height, columns, width, sums);
      if (operation == MIN) reduce_rows_piece(MIN, piece, height, columns, width, sums);
      for (int32_t i = 0; i < width; i++) take_in(by, out + column + i, sums[i]);
    }
  }
}

/** Combines the reduction of x, whose axes are `shape`, into out; the axes from here on alternate. */
static void reduce_axes(
    reduction by, const float *x, int32_t xSize, const int32_t *shape, int32_t rank, int reduced, float *out,
    int32_t outSize) {
  int32_t length = shape[0];
  if (rank == 1 && reduced) {
    take_in(by, out, reduce_row(by.operation, x, length));
  } else if (rank == 1) {
    for (int32_t i = 0; i < length; i++) take_in(by, out + i, x[i]);
  } else if (rank == 2 && reduced) {
    reduce_rows(by, x, length, shape[1], out);
  } else {
    xSize /= length;
    if (!reduced) outSize /= length;
    for (int32_t i = 0; i < length; i++) {
      float *target = reduced ? out : out + i * outSize;
      reduce_axes(by, x + i * xSize, xSize, shape + 1, rank - 1, !reduced, target, outSize);
    }
  }
}

void tatami_reduce(const reduce_arguments *arguments) {
  int32_t xSize = 1;
  int32_t outSize = 1;
  for (int32_t axis = 0; axis < arguments->shapeCount; axis++) {
    xSize *= arguments->shape[axis];
    if ((axis + arguments->firstReduced) % 2 == 0) outSize *= arguments->shape[axis];
  }
  // the largest and the smallest are known before they are scaled, which may turn them round
  const int sums = arguments->operation == SUM;
  const reduction by = {arguments->operation, sums ? arguments->scale : 1};
  float *out = arguments->out;
  if (!arguments->accumulate) fill_floats(out, identity(by.operation), outSize);
  if (xSize > 0) {
    // a scalar has no axes: it is its own reduction
    static const int32_t scalar[] = {1};
    const int32_t *shape = arguments->shapeCount ? arguments->shape : scalar;
    int32_t rank = arguments->shapeCount ? arguments->shapeCount : 1;
    reduce_axes(by, arguments->x, xSize, shape, rank, arguments->firstReduced, out, outSize);
  }
  if (sums || arguments->scale == 1) return;
  for (int32_t i = 0; i < outSize; i++) out[i] *= arguments->scale;
}

/** a value wins over the best so far: the first of equals stays, and the first NaN beats everything */
#define WINS(value, best) (((value) > (best)) | (((value) != (value)) & ((best) == (best))))

/** LANES columns at once; their elements lie `pitch` apart */
static void arg_max_vector(const float *x, int32_t length, int32_t pitch, int32_t *out) {
  vector best = load(x);
  integers index = {0};
  for (int32_t i = 1; i < length; i++) {
    vector value = load(x + i * pitch);
    integers wins = WINS(value, best);
    best = select(wins, value, best);
    index = select_integer(wins, splat_integer(i), index);
  }
  store((float *)out, (vector)index);
}

static int32_t arg_max_column(const float *x, int32_t length, int32_t pitch) {
  float best = x[0];
  int32_t index = 0;
  for (int32_t i = 1; i < length; i++) {
    float value = x[i * pitch];
    if (!WINS(value, best)) continue;
    best = value;
    index = i;
  }
  return index;
}

void tatami_arg_max(const arg_max_arguments *arguments) {
  int32_t length = arguments->length;
  int32_t inner = arguments->inner;
  for (int32_t outer = 0; outer < arguments->outer; outer++) {
    const float *x = arguments->x + outer * length * inner;
    int32_t *out = arguments->out + outer * inner;
    int32_t column = 0;
    for (; column + LANES <= inner; column += LANES) arg_max_vector(x + column, length, inner, out + column);
    for (; column < inner; column++) out[column] = arg_max_column(x + column, length, inner);
  }
}
