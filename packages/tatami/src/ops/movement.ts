// Ops that only rename or reorder positions: reshape, transpose, flip. Both dtypes. Cutting and joining is in slicing.ts.
import type { Op } from "../graph/node.ts";
import { apply, type Tensor } from "../graph/tensor.ts";
import { OptionError, ShapeError } from "../shape/errors.ts";
import {
  checkShape,
  formatShape,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  sameShape,
  sizeOf,
} from "../shape/shape.ts";

export const reshapeOp: Op<"reshape", { readonly shape: Shape }> = {
  name: "reshape",
  infer: ([x], { shape }) => {
    checkShape("reshape", shape);
    if (sizeOf(shape) !== sizeOf(x!.shape)) {
      throw new ShapeError(
        `reshape: number of elements differs, got ${formatShape(x!.shape)}, expected as many as in ${formatShape(shape)}`,
        x!.shape,
        shape,
      );
    }
    return { shape, dtype: x!.dtype };
  },
  // out[k] = x[k] in row-major order, so dx[k] = g[k]
  vjp: () => (g, _out, x) => [reshape(g, x!.shape)],
};

/**
 * The same elements in row-major order under another shape.
 * @param shape one size may be -1: it is worked out from the others
 * @throws ShapeError when the number of elements differs
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const resolved = resolveShape(x.shape, shape);
  return sameShape(resolved, x.shape) ? x : apply(reshapeOp, [x], { shape: resolved });
}

function resolveShape(from: Shape, shape: Shape): Shape {
  const open = shape.indexOf(-1);
  if (open < 0) return [...shape];
  const known = sizeOf(shape.filter((_, axis) => axis !== open));
  if (shape.lastIndexOf(-1) !== open || known < 1 || sizeOf(from) % known !== 0) {
    throw new ShapeError(
      `reshape: -1 cannot be worked out, got ${formatShape(shape)}, expected one -1 and the rest to divide ${sizeOf(from)} elements of ${formatShape(from)}`,
      from,
      shape,
    );
  }
  return shape.with(open, sizeOf(from) / known);
}

export const transposeOp: Op<"transpose", { readonly permutation: readonly number[] }> = {
  name: "transpose",
  infer: ([x], { permutation }) => {
    if (permutation.length !== x!.shape.length || new Set(permutation).size !== permutation.length) {
      throw new OptionError(
        `transpose: permutation must name each axis once, got ${formatShape(permutation)}, expected the ${x!.shape.length} axes of ${formatShape(x!.shape)}`,
        "permutation",
        permutation,
      );
    }
    return { shape: permutation.map((axis) => x!.shape[axis]!), dtype: x!.dtype };
  },
  // out's axis i is x's axis permutation[i], so dx is g under the inverse permutation
  vjp:
    ({ permutation }) =>
    (g) => [transpose(g, inverse(permutation))],
};

function inverse(permutation: readonly number[]): number[] {
  return permutation.map((_, axis) => permutation.indexOf(axis));
}

/**
 * Reorders axes: axis i of the result is axis `permutation[i]` of `x`.
 * @param permutation default: the axes reversed
 * @throws OptionError unless `permutation` names each axis once
 */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const order =
    permutation === undefined
      ? x.shape.map((_, axis) => x.rank - 1 - axis)
      : permutation.map((axis) => normalizeAxis("transpose", axis, x.rank));
  const isIdentity = order.length === x.rank && order.every((axis, index) => axis === index);
  return isIdentity ? x : apply(transposeOp, [x], { permutation: order });
}

export const flipOp: Op<"flip", { readonly axes: readonly number[] }> = {
  name: "flip",
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  // flipping is its own transpose
  vjp:
    ({ axes }) =>
    (g) => [flip(g, axes)],
};

/**
 * Reverses the order along `axes`, by default all.
 * @throws OptionError for an axis out of range or named twice
 */
export function flip(x: Tensor, axes?: number | readonly number[]): Tensor {
  const flipped = normalizeAxes("flip", axes, x.rank).filter((axis) => x.shape[axis] !== 1);
  return flipped.length === 0 ? x : apply(flipOp, [x], { axes: flipped });
}
