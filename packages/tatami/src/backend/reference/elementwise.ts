// The elementwise functions in double precision, and `fused`, which applies a list of them to every element.
// NaN goes through everything that computes with it: relu(NaN) = maximum(NaN, 1) = NaN; comparisons with it are 0, and
// notEqual is 1.
import {
  type ElementwiseName,
  elementwiseNames,
  instructionWords,
  maximumRegisters,
} from "../../program/elementwise.ts";
import type { Arguments } from "./arguments.ts";
import { erf } from "./erf.ts";
import { advance, elementAt, start } from "./strides.ts";

type Elementwise = (a: number, b: number, c: number, d: number) => number;

/** 1 / (1 + exp(−x)), written so that exp never overflows */
function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const power = Math.exp(x);
  return power / (1 + power);
}

/** IEEE 754 says 1 to any power is 1; JavaScript makes it NaN when the power is NaN or infinite. */
function pow(a: number, b: number): number {
  return a === 1 ? 1 : a ** b;
}

const functions: { readonly [Name in ElementwiseName]: Elementwise } = {
  identity: (x) => x,
  negate: (x) => -x,
  abs: (x) => Math.abs(x),
  sign: (x) => Math.sign(x),
  exp: (x) => Math.exp(x),
  expm1: (x) => Math.expm1(x),
  log: (x) => Math.log(x),
  log1p: (x) => Math.log1p(x),
  sqrt: (x) => Math.sqrt(x),
  rsqrt: (x) => 1 / Math.sqrt(x),
  square: (x) => x * x,
  reciprocal: (x) => 1 / x,
  erf: (x) => erf(x),
  relu: (x) => Math.max(x, 0),
  // x Φ(x), Φ the distribution function of the standard normal (Hendrycks and Gimpel 2016)
  gelu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  silu: (x) => x * sigmoid(x),
  sigmoid: (x) => sigmoid(x),
  tanh: (x) => Math.tanh(x),
  // log(1 + exp(x)), written so that exp never overflows
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow,
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
  equal: (a, b) => (a === b ? 1 : 0),
  notEqual: (a, b) => (a !== b ? 1 : 0),
  less: (a, b) => (a < b ? 1 : 0),
  lessEqual: (a, b) => (a <= b ? 1 : 0),
  greater: (a, b) => (a > b ? 1 : 0),
  greaterEqual: (a, b) => (a >= b ? 1 : 0),
  leakyRelu: (x, slope) => (x > 0 ? x : slope * x),
  elu: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
  where: (mask, a, b) => (mask !== 0 ? a : b),
  clip: (x, low, high) => Math.min(Math.max(x, low), high),
  // what is between two functions is rounded too
  mulAdd: (a, b, c) => Math.fround(a * b) + c,
  twoProducts: (a, b, c, d) => Math.fround(a * b) + Math.fround(c * d),
  subProduct: (a, b, c) => a - Math.fround(b * c),
  addMul: (a, b, c) => Math.fround(a + b) * c,
  subMul: (a, b, c) => Math.fround(a - b) * c,
  mulMul: (a, b, c) => Math.fround(a * b) * c,
  greaterMul: (a, b, c) => (a > b ? 1 : 0) * c,
  productAndSquare: (a, b, c, d) => Math.fround(a * b) + Math.fround(Math.fround(c * c) * d),
  subQuotient: (a, b, c, d) => a - Math.fround(Math.fround(b / c) * d),
  rootMulAdd: (a, b, c) => Math.fround(Math.fround(Math.sqrt(a)) * b) + c,
  rootAddMul: (a, b, c) => Math.fround(Math.fround(Math.sqrt(a)) + b) * c,
};

/** By opcode. */
export const elementwiseFunctions: readonly Elementwise[] = elementwiseNames.map((name) => functions[name]);

const index: number[] = [];
const registers = new Float32Array(maximumRegisters);

/**
 * Registers are float32, so a fused program gives the bits of its functions run one after the other. All inputs of an
 * element are read before any output is written: an output may be the same buffer as an input of the same layout.
 */
export function fused({ inputs, outputs, shape, strides, constants, code, results }: Arguments<"fused">): void {
  const rank = shape.length;
  for (let i = 0; i < constants.length; i++) registers[inputs.length + i] = constants[i];

  let size = 1;
  for (const length of shape) size *= length;
  start(index, rank);
  for (let element = 0; element < size; element++) {
    for (let i = 0; i < inputs.length; i++) registers[i] = inputs[i][elementAt(index, strides, i * rank)];
    for (let word = 0; word < code.length; word += instructionWords) {
      const apply = elementwiseFunctions[code[word]];
      registers[code[word + 1]] = apply(
        registers[code[word + 2]],
        registers[code[word + 3]],
        registers[code[word + 4]],
        registers[code[word + 5]],
      );
    }
    for (let i = 0; i < outputs.length; i++) outputs[i][element] = registers[results[i]];
    advance(index, shape);
  }
}
