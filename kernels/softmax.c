// Softmax, its logarithm and the cross entropy of rows, each row shifted by its maximum so that nothing overflows.
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

void tatami_softmax(const softmax_arguments *arguments) {
  int32_t columns = arguments->columns;
  for (int32_t row = 0; row < arguments->rows; row++) {
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
  int32_t columns = arguments->columns;
  for (int32_t row = 0; row < arguments->rows; row++) {
    const float *logits = arguments->logits + row * columns;
    int32_t label = arguments->labels[row];
    float max = max_of_row(logits, columns);
    float log = log_of(sum_of_exponentials(logits, columns, max, 0));
    int known = (uint32_t)label < (uint32_t)columns;
    arguments->out[row] = known ? log + (max - logits[label]) : __builtin_nanf("");
  }
}
