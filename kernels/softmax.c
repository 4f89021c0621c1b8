// Softmax, its logarithm and the cross entropy of rows, each row shifted by its maximum so that nothing overflows. A row has
// the same bits whether it is a vector or more, or a lane beside others.
#include "generated/kernel-table.h"
#include "vector-math.h"

static float max_of_row(const float *x, int32_t columns) {
  vector best = splat(-__builtin_inff());
  for (int32_t i = 0; i < columns; i += LANES) best = larger(best, load_part(x + i, columns - i, -__builtin_inff()));
  float max = best[0];
  UNROLLED for (int lane = 1; lane < LANES; lane++) max = max != max || max > best[lane] ? max : best[lane];
  return max;
}

/** Σ exp(x - max); the terms go to `out` where there is one */
static float sum_of_exponentials(const float *x, int32_t columns, float max, float *out) {
  vector sum = splat(0);
  for (int32_t i = 0; i < columns; i += LANES) {
    vector term = exponential(load_part(x + i, columns - i, -__builtin_inff()) - max);
    if (out) store_part(out + i, columns - i, term);
    sum += term;
  }
  return sum_lanes(sum);
}

static float log_of(float x) { return logarithm(splat(x))[0]; }

enum {
  /** rows of at most so many numbers are taken LANES at a time, each a lane: they are too short for vectors of their own */
  SHORT_ROW = 64,
};

/** LANES short rows, number `column` of each in numbers[column] */
typedef struct {
  vector numbers[SHORT_ROW];
  vector max;
} short_rows;

static void load_short_rows(short_rows *rows, const float *x, int32_t columns) {
  vector max = splat(-__builtin_inff());
  for (int32_t column = 0; column < columns; column++) {
    float *to = (float *)&rows->numbers[column];
    UNROLLED for (int lane = 0; lane < LANES; lane++) to[lane] = x[lane * columns + column];
  }
  for (int32_t column = 0; column < columns; column++) max = larger(max, rows->numbers[column]);
  rows->max = max;
}

/** Σ exp(x - max) of each, in the order in which a row alone is added up; `kept`: the terms take the place of the numbers */
static vector sum_short_rows(short_rows *rows, int32_t columns, int32_t kept) {
  vector sums[LANES];
  UNROLLED for (int i = 0; i < LANES; i++) sums[i] = splat(0);
  for (int32_t column = 0; column < columns; column++) {
    const vector term = exponential(rows->numbers[column] - rows->max);
    if (kept) rows->numbers[column] = term;
    sums[column % LANES] += term;
  }
  UNROLLED for (int half = LANES / 2; half > 0; half /= 2) {
    UNROLLED for (int i = 0; i < half; i++) sums[i] += sums[i + half];
  }
  return sums[0];
}

static void softmax_of_short_rows(const float *x, float *out, int32_t columns, int32_t log) {
  short_rows rows;
  load_short_rows(&rows, x, columns);
  const vector sum = sum_short_rows(&rows, columns, !log), scale = 1.0f / sum, logs = logarithm(sum);
  for (int32_t column = 0; column < columns; column++) {
    const vector number = rows.numbers[column], result = log ? number - rows.max - logs : number * scale;
    UNROLLED for (int lane = 0; lane < LANES; lane++) out[lane * columns + column] = result[lane];
  }
}

/** log Σ exp(x) - max and the maximum of each of LANES rows */
static void logarithms_of_short_rows(const float *x, int32_t columns, float logs[LANES], float maxima[LANES]) {
  short_rows rows;
  load_short_rows(&rows, x, columns);
  store(logs, logarithm(sum_short_rows(&rows, columns, 0)));
  store(maxima, rows.max);
}

void tatami_softmax(const softmax_arguments *arguments) {
  const int32_t columns = arguments->columns, rows = arguments->rows;
  int32_t row = 0;
  if (columns <= SHORT_ROW) {
    for (; row + LANES <= rows; row += LANES) {
      softmax_of_short_rows(arguments->x + row * columns, arguments->out + row * columns, columns, arguments->log);
    }
  }
  for (; row < rows; row++) {
    const float *x = arguments->x + row * columns;
    float *out = arguments->out + row * columns;
    float max = max_of_row(x, columns);
    if (arguments->log) {
      float log = log_of(sum_of_exponentials(x, columns, max, 0));
      for (int32_t i = 0; i < columns; i++) out[i] = (x[i] - max) - log;
    } else {
      float scale = 1.0f / sum_of_exponentials(x, columns, max, out);
      for (int32_t i = 0; i < columns; i++) out[i] *= scale;
    }
  }
}

void tatami_cross_entropy(const cross_entropy_arguments *arguments) {
  const int32_t columns = arguments->columns, rows = arguments->rows;
  float logs[LANES], maxima[LANES];
  for (int32_t row = 0, count; row < rows; row += count) {
    const float *logits = arguments->logits + row * columns;
    count = columns <= SHORT_ROW && row + LANES <= rows ? LANES : 1;
    if (count == LANES) logarithms_of_short_rows(logits, columns, logs, maxima);
    else {
      maxima[0] = max_of_row(logits, columns);
      logs[0] = log_of(sum_of_exponentials(logits, columns, maxima[0], 0));
    }
    for (int32_t i = 0; i < count; i++, logits += columns) {
      const int32_t label = arguments->labels[row + i], known = (uint32_t)label < (uint32_t)columns;
      arguments->out[row + i] = known ? logs[i] + (maxima[i] - logits[label]) : __builtin_nanf("");
    }
  }
}
