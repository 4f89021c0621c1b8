// Installs the functions of ops/ as methods of Tensor, so that `x.matmul(w).add(b).relu()` reads like the formula. One
// implementation each: a method is the function with the tensor as its first argument.
import { Tensor } from "../graph/tensor.ts";
import * as ops from "../ops/index.ts";
import type { TypedArray } from "../shape/dtype.ts";
import { ShapeError } from "../shape/errors.ts";
import { formatShape, sizeOf } from "../shape/shape.ts";
import { type ComputeOptions, dataOf } from "./compute.ts";

const {
  abs,
  add,
  argMax,
  broadcastTo,
  clip,
  div,
  elu,
  equal,
  erf,
  exp,
  expm1,
  flip,
  gather,
  gelu,
  greater,
  greaterEqual,
  leakyRelu,
  less,
  lessEqual,
  log,
  log1p,
  logSoftmax,
  matmul,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  negate,
  notEqual,
  oneHot,
  pad,
  pow,
  reciprocal,
  relu,
  reshape,
  rsqrt,
  sigmoid,
  sign,
  silu,
  slice,
  softmax,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  toFloat,
  toInt,
  transpose,
  variance,
} = ops;

const installed = {
  add,
  sub,
  mul,
  div,
  pow,
  maximum,
  minimum,
  equal,
  notEqual,
  less,
  lessEqual,
  greater,
  greaterEqual,
  negate,
  abs,
  sign,
  exp,
  expm1,
  log,
  log1p,
  sqrt,
  rsqrt,
  square,
  reciprocal,
  erf,
  clip,
  relu,
  leakyRelu,
  elu,
  gelu,
  silu,
  sigmoid,
  tanh,
  softplus,
  softmax,
  logSoftmax,
  sum,
  mean,
  variance,
  max,
  min,
  argMax,
  matmul,
  reshape,
  transpose,
  broadcastTo,
  slice,
  pad,
  flip,
  gather,
  oneHot,
  toFloat,
  toInt,
};

type WithoutFirst<F> = F extends (first: never, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

type InstalledMethods = { [Name in keyof typeof installed]: WithoutFirst<(typeof installed)[Name]> };

declare module "../graph/tensor.ts" {
  interface Tensor extends InstalledMethods {
    /**
     * Computes the tensor, with everything assigned so far, and copies its values out, row-major.
     * @throws BackendError when the backend cannot be loaded or is out of memory
     */
    data(options?: ComputeOptions): Promise<TypedArray>;
    /**
     * Computes a tensor of one element and gives it as a number.
     * @throws ShapeError when it has more or none
     */
    item(options?: ComputeOptions): Promise<number>;
  }
}

for (const [name, operation] of Object.entries(installed)) {
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...rest: unknown[]): Tensor {
      return (operation as (...values: unknown[]) => Tensor)(this, ...rest);
    },
    configurable: true,
    writable: true,
  });
}

Tensor.prototype.data = function (options) {
  return dataOf(this, options);
};

Tensor.prototype.item = async function (options) {
  if (sizeOf(this.shape) !== 1) {
    throw new ShapeError(
      `item: the tensor is no single number, got ${formatShape(this.shape)}, expected one element`,
      this.shape,
    );
  }
  return (await dataOf(this, options))[0]!;
};
