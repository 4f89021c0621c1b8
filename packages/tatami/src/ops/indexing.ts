// Reading by index and its transposes, which add: gather/scatterAdd along an axis, takeAlong/addAlong within rows, oneHot.
// Indices are int32 and count from 0.
import type { Op } from "../graph/node.ts";
import { apply, expectDType, type Tensor } from "../graph/tensor.ts";
import { OptionError, ShapeError } from "../shape/errors.ts";
import { formatShape, normalizeAxis, type Shape, type TensorType } from "../shape/shape.ts";
import { expectShape } from "./expectations.ts";

/** Throws unless `length` can be the size of an axis. */
function checkLength(op: string, option: string, length: number): void {
  if (!Number.isInteger(length) || length < 0) {
    throw new OptionError(`${op}: ${option} must be an integer of at least 0, got ${length}`, option, length);
  }
}

export const gatherOp: Op<"gather", { readonly axis: number }> = {
  name: "gather",
  infer: ([x, indices], { axis }) => {
    expectDType("gather", "indices", indices!.dtype, "int32");
    return { shape: x!.shape.toSpliced(axis, 1, ...indices!.shape), dtype: x!.dtype };
  },
  // out[i] = x[indices[i]], so dx[j] = Σ g[i] over the i with indices[i] = j
  vjp:
    ({ axis }) =>
    (g, _out, x, indices) => [scatterAdd(g, indices!, x!.shape[axis]!, axis), null],
};

/**
 * The parts of `x` at `indices` along `axis`; a part is NaN (or that word as an int32) where an index is out of range.
 * @param x either dtype
 * @param indices int32, any shape; it takes the place of `axis` in the result's shape
 * @throws OptionError for an axis out of range
 * @throws DTypeError unless the indices are int32
 */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return apply(gatherOp, [x, indices], { axis: normalizeAxis("gather", axis, x.rank) });
}

export interface ScatterAddAttributes {
  readonly axis: number;
  readonly length: number;
}

export const scatterAddOp: Op<"scatterAdd", ScatterAddAttributes> = {
  name: "scatterAdd",
  infer: ([g, indices], { axis, length }) => {
    expectDType("scatterAdd", "g", g!.dtype, "float32");
    expectDType("scatterAdd", "indices", indices!.dtype, "int32");
    checkLength("scatterAdd", "length", length);
    const rank = indices!.shape.length;
    expectShape("scatterAdd", "indices", indices!.shape, g!.shape.slice(axis, axis + rank));
    return { shape: g!.shape.toSpliced(axis, rank, length), dtype: "float32" };
  },
  // out[indices[i]] += x[i], so dx[i] = g[indices[i]]
  vjp:
    ({ axis }) =>
    (g, _out, _x, indices) => [gather(g, indices!, axis), null],
};

/**
 * The transpose of gather: zeros with `length` parts along `axis`, to which each part of `g` is added at its index.
 * @param g float32, with the axes of `indices` in the place of `axis`
 * @param indices int32, each from 0 to length - 1; parts with an index out of range are dropped
 * @param length size of the resulting axis, ≥ 0
 * @throws ShapeError when `g` does not have the axes of `indices` there
 */
export function scatterAdd(g: Tensor, indices: Tensor, length: number, axis = 0): Tensor {
  const along = normalizeAxis("scatterAdd", axis, g.rank - indices.rank + 1);
  return apply(scatterAddOp, [g, indices], { axis: along, length });
}

/** The shape of all but the last axis, which must be the same for both inputs. */
function leadingShape(op: string, name: string, x: TensorType, indices: TensorType): Shape {
  expectDType(op, name, x.dtype, "float32");
  expectDType(op, "indices", indices.dtype, "int32");
  if (x.shape.length === 0 || indices.shape.length === 0) {
    throw new ShapeError(
      `${op}: there is no last axis, got ${formatShape(x.shape)} and ${formatShape(indices.shape)}, expected at least 1 axis each`,
      x.shape,
      indices.shape,
    );
  }
  const leading = x.shape.slice(0, -1);
  expectShape(op, "indices", indices.shape, [...leading, indices.shape.at(-1)!]);
  return leading;
}

export const takeAlongOp: Op<"takeAlong", null> = {
  name: "takeAlong",
  infer: ([x, indices]) => {
    const leading = leadingShape("takeAlong", "x", x!, indices!);
    return { shape: [...leading, indices!.shape.at(-1)!], dtype: "float32" };
  },
  // out[r, j] = x[r, indices[r, j]], so dx[r, k] = Σ g[r, j] over the j with indices[r, j] = k
  vjp: () => (g, _out, x, indices) => [addAlong(g, indices!, x!.shape.at(-1)!), null],
};

/**
 * out[…, j] = x[…, indices[…, j]]: elements picked within each row.
 * @param x float32 [..., length]
 * @param indices int32 [..., count], each from 0 to length - 1, leading axes as in `x`
 * @throws ShapeError when leading axes differ
 */
export function takeAlong(x: Tensor, indices: Tensor): Tensor {
  return apply(takeAlongOp, [x, indices], null);
}

export const addAlongOp: Op<"addAlong", { readonly length: number }> = {
  name: "addAlong",
  infer: ([g, indices], { length }) => {
    const leading = leadingShape("addAlong", "g", g!, indices!);
    checkLength("addAlong", "length", length);
    expectShape("addAlong", "indices", indices!.shape, g!.shape);
    return { shape: [...leading, length], dtype: "float32" };
  },
  // out[r, indices[r, j]] += x[r, j], so dx[r, j] = g[r, indices[r, j]]
  vjp: () => (g, _out, _x, indices) => [takeAlong(g, indices!), null],
};

/**
 * The transpose of takeAlong: rows of `length` zeros, out[…, indices[…, j]] += g[…, j].
 * @param g float32 [..., count]
 * @param indices int32 of the same shape, each from 0 to length - 1
 * @param length size of the resulting last axis, ≥ 0
 * @throws ShapeError when the shapes differ
 */
export function addAlong(g: Tensor, indices: Tensor, length: number): Tensor {
  return apply(addAlongOp, [g, indices], { length });
}

export const oneHotOp: Op<"oneHot", { readonly classes: number }> = {
  name: "oneHot",
  infer: ([labels], { classes }) => {
    expectDType("oneHot", "labels", labels!.dtype, "int32");
    checkLength("oneHot", "classes", classes);
    return { shape: [...labels!.shape, classes], dtype: "float32" };
  },
  vjp: { none: "labels have no gradient" },
};

/**
 * float32 [..., classes]: 1 at the label, else 0; a label out of range gives zeros.
 * @param labels int32, any shape, each from 0 to classes - 1
 * @throws OptionError when `classes` is not an integer ≥ 0
 */
export function oneHot(labels: Tensor, classes: number): Tensor {
  return apply(oneHotOp, [labels], { classes });
}
