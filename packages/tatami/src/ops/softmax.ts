// softmax and its logarithm. The primitives work on the rows of a matrix; the builders bring any axis into that form.
import type { Op } from "../graph/node.ts";
import { apply, expectDType, type Tensor } from "../graph/tensor.ts";
import { ShapeError } from "../shape/errors.ts";
import { normalizeAxis, type TensorType } from "../shape/shape.ts";
import { mul, sub } from "./arithmetic.ts";
import { sum } from "./broadcast.ts";
import { expectLayout } from "./expectations.ts";
import { reshape, transpose } from "./movement.ts";

function inferRows(op: string, x: TensorType): TensorType {
  expectDType(op, "x", x.dtype, "float32");
  expectLayout(op, "x", x.shape, "rows, K");
  return x;
}

export const softmaxOp: Op<"softmax", null> = {
  name: "softmax",
  infer: ([x]) => inferRows("softmax", x!),
  // d softmax(x)ᵢ = pᵢ·(dxᵢ - Σ pⱼ·dxⱼ), a symmetric matrix: dx = p·(g - Σ g·p)
  vjp: () => (g, p) => [mul(p, sub(g, sum(mul(g, p), 1, { keepDims: true })))],
};

export const logSoftmaxOp: Op<"logSoftmax", null> = {
  name: "logSoftmax",
  infer: ([x]) => inferRows("logSoftmax", x!),
  // d log p = dx - Σ pⱼ·dxⱼ, so dx = g - p·Σ g
  vjp: () => (g, _out, x) => [sub(g, mul(softmax(x!), sum(g, 1, { keepDims: true })))],
};

/** Applies a primitive over rows along `axis` of `x`. */
function alongAxis(op: Op<string, null>, x: Tensor, axis: number): Tensor {
  expectDType(op.name, "x", x.dtype, "float32");
  if (x.rank === 0) {
    throw new ShapeError(`${op.name}: there is no axis, got [], expected at least 1 axis`, x.shape);
  }
  const along = normalizeAxis(op.name, axis, x.rank);
  const swap = x.shape.map((_, index) => (index === along ? x.rank - 1 : index === x.rank - 1 ? along : index));
  const last = transpose(x, swap);
  const rows = x.shape.reduce((count, length, index) => (index === along ? count : count * length), 1);
  const result = apply(op, [reshape(last, [rows, x.shape[along]!])], null);
  return transpose(reshape(result, last.shape), swap);
}

/**
 * eˣ / Σ eˣ along `axis`, without overflow.
 * @param x float32, at least one axis
 * @throws ShapeError for a scalar
 * @throws OptionError for an axis out of range
 */
export function softmax(x: Tensor, axis = -1): Tensor {
  return alongAxis(softmaxOp, x, axis);
}

/**
 * x − log Σ eˣ along `axis`: the logarithm of softmax, exact where that is tiny.
 * @param x float32, at least one axis
 * @throws ShapeError for a scalar
 * @throws OptionError for an axis out of range
 */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return alongAxis(logSoftmaxOp, x, axis);
}
