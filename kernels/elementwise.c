// Elementwise functions: the `fused` kernel, an interpreter whose instructions work on tiles small enough for the first
// cache, so that a chain of any length reads its inputs once and writes its outputs once.
#include "elementwise.h"

#include "cursor.h"
#include "generated/kernel-table.h"
#include "vector-math.h"
#include "vector-power.h"

/**
 * Elements of a tile: 1 KiB a register, so that 32 registers fill a first-level cache of 32 KiB and little more. Tiles lie
 * farther apart: processors take a load 4 KiB behind a store for one that has to wait for it (Adam's update -24 %).
 */
enum { TILE = 256, PITCH = TILE + 48 };
/** instructions work on whole blocks, which any vector width divides; what is left of a tensor is staged */
enum { BLOCK = 16 };

/** 1 where true; the mask cuts it out of the bits of 1.0f */
ALWAYS_INLINE vector mask_to_float(integers mask) { return (vector)(mask & 0x3f800000); }

// the inner loop, of a known length, is unrolled; where it is one step, the outer one is
#if defined(__AVX512F__) && !defined(__clang__)
#define UNROLLED_BLOCKS _Pragma("GCC unroll 4")
#else
#define UNROLLED_BLOCKS
#endif
#define EACH(opcode, expression)                             \
  case opcode:                                               \
    UNROLLED_BLOCKS                                          \
    for (int32_t block = 0; block < count; block += BLOCK) { \
      for (int part = 0; part < BLOCK; part += LANES) {      \
        int32_t i = block + part;                            \
        store(out + i, expression);                          \
      }                                                      \
    }                                                        \
    break;
#define X load(x + i)
#define Y load(y + i)
#define Z load(z + i)
#define W load(w + i)

ALWAYS_INLINE vector sign(vector x) { return select((x == 0.0f) | (x != x), x, with_sign_of(splat(1.0f), x)); }

ALWAYS_INLINE vector elu(vector x, vector alpha) { return select(x > 0.0f, x, alpha * exponential_minus_1(x)); }

/** Where the numbers of an instruction's operands lie. */
typedef struct {
  const float *x, *y, *z, *w;
} operands;

/** out = function(x, y, z, w), `count` a multiple of BLOCK; out may be any of the operands. */
static void apply(int32_t opcode, float *out, operands of, int32_t count) {
  const float *x = of.x, *y = of.y, *z = of.z, *w = of.w;
  switch (opcode) {
    EACH(TATAMI_IDENTITY, X)
    EACH(TATAMI_NEGATE, -X)
    EACH(TATAMI_ABS, absolute(X))
    EACH(TATAMI_SIGN, sign(X))
    EACH(TATAMI_EXP, exponential(X))
    EACH(TATAMI_EXPM1, exponential_minus_1(X))
    EACH(TATAMI_LOG, logarithm(X))
    EACH(TATAMI_LOG1P, logarithm_of_1_plus(X))
    EACH(TATAMI_SQRT, square_root(X))
    EACH(TATAMI_RSQRT, 1.0f / square_root(X))
    EACH(TATAMI_SQUARE, X * X)
    EACH(TATAMI_RECIPROCAL, 1.0f / X)
    EACH(TATAMI_ERF, error_function(X))
    EACH(TATAMI_RELU, at_least(X, splat(0.0f)))
    EACH(TATAMI_GELU, gelu(X))
    EACH(TATAMI_SILU, X / (1.0f + exponential(-X)))
    EACH(TATAMI_SIGMOID, sigmoid(X))
    EACH(TATAMI_TANH, hyperbolic_tangent(X))
    EACH(TATAMI_SOFTPLUS, softplus(X))
    EACH(TATAMI_ADD, X + Y)
    EACH(TATAMI_SUB, X - Y)
    EACH(TATAMI_MUL, X * Y)
    EACH(TATAMI_DIV, X / Y)
    EACH(TATAMI_POW, power(X, Y))
    EACH(TATAMI_MAXIMUM, larger(X, Y))
    EACH(TATAMI_MINIMUM, smaller(X, Y))
    EACH(TATAMI_EQUAL, mask_to_float(X == Y))
    EACH(TATAMI_NOT_EQUAL, mask_to_float(X != Y))
    EACH(TATAMI_LESS, mask_to_float(X < Y))
    EACH(TATAMI_LESS_EQUAL, mask_to_float(X <= Y))
    EACH(TATAMI_GREATER, mask_to_float(X > Y))
    EACH(TATAMI_GREATER_EQUAL, mask_to_float(X >= Y))
    EACH(TATAMI_LEAKY_RELU, select(X > 0.0f, X, X * Y))
    EACH(TATAMI_ELU, elu(X, Y))
    EACH(TATAMI_WHERE, select(X != 0.0f, Y, Z))
    EACH(TATAMI_CLIP, at_most(at_least(X, Y), Z))
    EACH(TATAMI_MUL_ADD, X * Y + Z)
    EACH(TATAMI_TWO_PRODUCTS, X * Y + Z * W)
    EACH(TATAMI_SUB_PRODUCT, X - Y * Z)
    EACH(TATAMI_ADD_MUL, (X + Y) * Z)
    EACH(TATAMI_SUB_MUL, (X - Y) * Z)
    EACH(TATAMI_MUL_MUL, X * Y * Z)
    EACH(TATAMI_GREATER_MUL, mask_to_float(X > Y) * Z)
    EACH(TATAMI_PRODUCT_AND_SQUARE, X * Y + Z * Z * W)
    EACH(TATAMI_SUB_QUOTIENT, X - Y / Z * W)
    EACH(TATAMI_ROOT_MUL_ADD, square_root(X) * Y + Z)
    EACH(TATAMI_ROOT_ADD_MUL, (square_root(X) + Y) * Z)
  }
}

static void fill_tile(float *tile, float value) {
  for (int32_t i = 0; i < TILE; i += LANES) store(tile + i, splat(value));
}

void tatami_apply_activation(int32_t opcode, float parameter, float *x, int32_t count) {
  if (opcode == TATAMI_IDENTITY) return;
  float second[TILE];
  fill_tile(second, parameter);
  int32_t whole = count / BLOCK * BLOCK;
  for (int32_t start = 0; start < whole; start += TILE) {
    int32_t length = whole - start < TILE ? whole - start : TILE;
    apply(opcode, x + start, (operands){x + start, second, second, second}, length);
  }
  if (whole == count) return;
  float rest[BLOCK] = {0};
  copy_floats(rest, x + whole, count - whole);
  apply(opcode, rest, (operands){rest, second, second, second}, BLOCK);
  copy_floats(x + whole, rest, count - whole);
}

/** The first instruction that writes register `target`, or the length of the code when none does. */
static int32_t first_write(const fused_arguments *fused, int32_t target) {
  int32_t at = 0;
  while (at < fused->codeCount && fused->code[at + 1] != target) at += TATAMI_INSTRUCTION_WORDS;
  return at;
}

static int is_read_from(const fused_arguments *fused, int32_t source, int32_t start) {
  for (int32_t at = start; at < fused->codeCount; at += TATAMI_INSTRUCTION_WORDS) {
    for (int32_t word = 2; word < TATAMI_INSTRUCTION_WORDS; word++) {
      if (fused->code[at + word] == source) return 1;
    }
  }
  return 0;
}

static int is_result(const fused_arguments *fused, int32_t source, int32_t outputs) {
  for (int32_t i = 0; i < outputs; i++) {
    if (fused->results[i] == source) return 1;
  }
  return 0;
}

/**
 * Whether the register of output `number` may lie in the output's own memory: it must be a temporary that no earlier
 * output took, and no input in that same memory may be read after the first write to it.
 */
static int is_direct(const fused_arguments *fused, int32_t number) {
  int32_t written = first_write(fused, fused->results[number]);
  if (written == fused->codeCount || is_result(fused, fused->results[number], number)) return 0;
  for (int32_t i = 0; i < fused->inputsCount; i++) {
    int same_memory = fused->inputs[i] == fused->outputs[number];
    if (same_memory && is_read_from(fused, i, written + TATAMI_INSTRUCTION_WORDS)) return 0;
  }
  return 1;
}

enum { SCALAR, DENSE, STRIDED };

typedef struct {
  const fused_arguments *fused;
  /** TILE elements for each register, PITCH apart */
  float *tiles;
  /** where a register lies when that is not its tile: the first element of a dense tensor */
  float *dense[TATAMI_MAXIMUM_REGISTERS];
  cursor *cursors;
  /** how each input is read */
  int32_t modes[TATAMI_MAXIMUM_REGISTERS];
} interpreter;

/** Decides where every register lies, and fills the tiles that stay the same. */
static void place_registers(interpreter *self) {
  const fused_arguments *fused = self->fused;
  int32_t rank = fused->shapeCount;
  for (int32_t i = 0; i < fused->registers; i++) self->dense[i] = 0;
  for (int32_t i = 0; i < fused->inputsCount; i++) {
    cursor *at = &self->cursors[i];
    cursor_start(at, fused->inputs[i], fused->shape, fused->strides + i * rank, rank);
    self->modes[i] = cursor_is_scalar(at) ? SCALAR : cursor_is_dense(at) ? DENSE : STRIDED;
    // an input handed out as it is could change under our hands, where it is an output too
    if (self->modes[i] == DENSE && is_result(fused, i, fused->resultsCount)) self->modes[i] = STRIDED;
    if (self->modes[i] == DENSE) self->dense[i] = (float *)fused->inputs[i];
    if (self->modes[i] == SCALAR) fill_tile(self->tiles + i * PITCH, fused->inputs[i][0]);
  }
  for (int32_t i = 0; i < fused->constantsCount; i++) {
    fill_tile(self->tiles + (fused->inputsCount + i) * PITCH, fused->constants[i]);
  }
  for (int32_t i = 0; i < fused->outputsCount; i++) {
    if (is_direct(fused, i)) self->dense[fused->results[i]] = fused->outputs[i];
  }
}

/** Elements [start, start + count); `staged` keeps even dense registers in tiles, where count is not whole blocks. */
static void run_tile(const interpreter *self, int32_t start, int32_t count, int staged) {
  const fused_arguments *fused = self->fused;
  float *at[TATAMI_MAXIMUM_REGISTERS];
  for (int32_t i = 0; i < fused->registers; i++) {
    at[i] = self->dense[i] && !staged ? self->dense[i] + start : self->tiles + i * PITCH;
  }
  for (int32_t i = 0; i < fused->inputsCount; i++) {
    if (self->modes[i] == STRIDED) cursor_read(&self->cursors[i], at[i], count);
    if (self->modes[i] == DENSE && staged) copy_floats(at[i], fused->inputs[i] + start, count);
  }
  int32_t rounded = (count + BLOCK - 1) / BLOCK * BLOCK;
  for (int32_t word = 0; word < fused->codeCount; word += TATAMI_INSTRUCTION_WORDS) {
    const int32_t *code = fused->code + word;
    apply(code[0], at[code[1]], (operands){at[code[2]], at[code[3]], at[code[4]], at[code[5]]}, rounded);
  }
  for (int32_t i = 0; i < fused->outputsCount; i++) {
    float *out = fused->outputs[i] + start;
    if (at[fused->results[i]] != out) copy_floats(out, at[fused->results[i]], count);
  }
}

void tatami_fused(const fused_arguments *fused) {
  float tiles[TATAMI_MAXIMUM_REGISTERS * PITCH];
  cursor cursors[TATAMI_MAXIMUM_REGISTERS];
  interpreter self = {.fused = fused, .tiles = tiles, .cursors = cursors};
  int32_t size = 1;
  for (int32_t axis = 0; axis < fused->shapeCount; axis++) size *= fused->shape[axis];
  if (size == 0) return;
  place_registers(&self);
  int32_t whole = size / BLOCK * BLOCK;
  for (int32_t start = 0; start < whole; start += TILE) {
    run_tile(&self, start, whole - start < TILE ? whole - start : TILE, 0);
  }
  if (whole < size) run_tile(&self, whole, size - whole, 1);
}
