// Reading and adding at indices. An index outside its axis reads NaN and is skipped when adding: it never touches
// memory.
#include "generated/kernel-table.h"
#include "vector.h"

/** the word of the float NaN that arithmetic makes */
#define NAN_WORD 0x7fc00000u

/** one comparison for both ends: a negative index is a large unsigned one */
static inline int inside(int32_t index, int32_t length) { return (uint32_t)index < (uint32_t)length; }

void tatami_take_along(const take_along_arguments *arguments) {
  int32_t length = arguments->length, channels = arguments->channels, count = arguments->count * channels;
  for (int32_t row = 0; row < arguments->rows; row++) {
    const float *x = arguments->x + row * length * channels;
    const int32_t *indices = arguments->indices + row * count;
    float *out = arguments->out + row * count;
    for (int32_t i = 0; i < count; i += channels) {
      for (int32_t c = 0; c < channels; c++) {
        int32_t index = indices[i + c];
        out[i + c] = inside(index, length) ? x[index * channels + c] : __builtin_nanf("");
      }
    }
  }
}

void tatami_gather(const gather_arguments *arguments) {
  int32_t length = arguments->length, inner = arguments->inner;
  uint32_t *out = arguments->out;
  for (int32_t outer = 0; outer < arguments->outer; outer++) {
    const uint32_t *x = arguments->x + outer * length * inner;
    for (int32_t i = 0; i < arguments->count; i++, out += inner) {
      int32_t index = arguments->indices[i];
      if (inside(index, length)) copy_floats((float *)out, (const float *)(x + index * inner), inner);
      else for (int32_t k = 0; k < inner; k++) out[k] = NAN_WORD;
    }
  }
}

void tatami_scatter_add(const scatter_add_arguments *arguments) {
  int32_t length = arguments->length, inner = arguments->inner;
  const float *g = arguments->g;
  for (int32_t outer = 0; outer < arguments->outer; outer++) {
    float *out = arguments->out + outer * length * inner;
    fill_floats(out, 0, length * inner);
    for (int32_t i = 0; i < arguments->count; i++, g += inner) {
      int32_t index = arguments->indices[i];
      if (!inside(index, length)) continue;
      float *target = out + index * inner;
      for (int32_t k = 0; k < inner; k++) target[k] += g[k];
    }
  }
}

void tatami_one_hot(const one_hot_arguments *arguments) {
  int32_t columns = arguments->columns;
  fill_floats(arguments->out, 0, arguments->rows * columns);
  for (int32_t row = 0; row < arguments->rows; row++) {
    int32_t label = arguments->labels[row];
    if (inside(label, columns)) arguments->out[row * columns + label] = 1;
  }
}
