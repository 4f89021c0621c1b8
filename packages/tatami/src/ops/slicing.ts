// Ops that cut and join: pad and slice (each is the other's transpose), concat, stack. Both dtypes.

import type { Op } from "../graph/node.ts";
import { apply, expectDType, type Tensor } from "../graph/tensor.ts";
import { OptionError, ShapeError } from "../shape/errors.ts";
import { formatShape, normalizeAxis, type Shape } from "../shape/shape.ts";
import { reshape } from "./movement.ts";

/** Elements added before and after an axis, ≥ 0. */
export type AxisPadding = readonly [before: number, after: number];

export interface PadAttributes {
  readonly padding: readonly AxisPadding[];
  readonly value: number;
}

export const padOp: Op<"pad", PadAttributes> = {
  name: "pad",
  infer: ([x], { padding, value }) => {
    const { shape, dtype } = x!;
    if (padding.length !== shape.length || padding.flat().some((count) => !Number.isInteger(count) || count < 0)) {
      throw new OptionError(
        `pad: padding does not fit, got ${JSON.stringify(padding)}, expected [before, after] of at least 0 for each axis of ${formatShape(shape)}`,
        "padding",
        padding,
      );
    }
    if (dtype === "int32" && value !== (value | 0)) {
      throw new OptionError(`pad: value does not fit the dtype, got ${value}, expected an int32`, "value", value);
    }
    return { shape: shape.map((length, axis) => length + padding[axis]![0] + padding[axis]![1]), dtype };
  },
  // the padding is constant: dx is the part of g where x went
  vjp:
    ({ padding }) =>
    (g, _out, x) => [
      slice(
        g,
        padding.map(([before]) => before),
        x!.shape,
      ),
    ],
};

/**
 * Surrounds `x` with `value`.
 * @param padding [before, after] for each axis, ≥ 0
 * @throws OptionError when `padding` does not have one pair per axis
 */
export function pad(x: Tensor, padding: readonly AxisPadding[], value = 0): Tensor {
  const nothing = padding.length === x.rank && padding.flat().every((count) => count === 0);
  return nothing ? x : apply(padOp, [x], { padding, value });
}

export interface SliceAttributes {
  readonly begin: readonly number[];
  readonly size: Shape;
}

export const sliceOp: Op<"slice", SliceAttributes> = {
  name: "slice",
  infer: ([x], { begin, size }) => {
    const { shape, dtype } = x!;
    const fits =
      begin.length === shape.length &&
      size.length === shape.length &&
      shape.every((length, axis) => {
        const [first, count] = [begin[axis]!, size[axis]!];
        return (
          Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count >= 0 && first + count <= length
        );
      });
    if (!fits) {
      throw new ShapeError(
        `slice: slice leaves the tensor, got begin ${formatShape(begin)} and size ${formatShape(size)}, expected both within ${formatShape(shape)}`,
        shape,
        begin,
        size,
      );
    }
    return { shape: size, dtype };
  },
  // what was cut away got nothing: dx is g surrounded with zeros
  vjp:
    ({ begin, size }) =>
    (g, _out, x) => [
      pad(
        g,
        begin.map((first, axis) => [first, x!.shape[axis]! - first - size[axis]!] as const),
      ),
    ],
};

/**
 * `size` elements along each axis, from `begin` on.
 * @param size -1 takes the rest of an axis
 * @throws ShapeError when the slice leaves the tensor
 */
export function slice(x: Tensor, begin: readonly number[], size: Shape): Tensor {
  const counts = size.map((count, axis) => (count === -1 ? x.shape[axis]! - begin[axis]! : count));
  const everything =
    counts.length === x.rank && counts.every((count, axis) => begin[axis] === 0 && count === x.shape[axis]);
  return everything ? x : apply(sliceOp, [x], { begin: [...begin], size: counts });
}

export const concatOp: Op<"concat", { readonly axis: number }> = {
  name: "concat",
  infer: (inputs, { axis }) => {
    const [first, ...others] = inputs;
    for (const { shape, dtype } of others) {
      expectDType("concat", "a tensor", dtype, first!.dtype);
      const differs = shape.length !== first!.shape.length || shape.some((n, i) => i !== axis && n !== first!.shape[i]);
      if (differs) {
        throw new ShapeError(
          `concat: shapes differ outside axis ${axis}, got ${formatShape(first!.shape)} and ${formatShape(shape)}, expected all other axes equal`,
          first!.shape,
          shape,
        );
      }
    }
    const length = inputs.reduce((total, { shape }) => total + shape[axis]!, 0);
    return { shape: first!.shape.with(axis, length), dtype: first!.dtype };
  },
  // each input gets its own part of g
  vjp:
    ({ axis }) =>
    (g, _out, ...xs) => {
      let offset = 0;
      return xs.map((x) => {
        const begin = x.shape.map((_, i) => (i === axis ? offset : 0));
        offset += x.shape[axis]!;
        return slice(g, begin, x.shape);
      });
    },
};

/**
 * Joins tensors along an axis they have.
 * @param xs at least one; all axes but `axis` are equal, dtypes too
 * @throws OptionError for an empty list or an axis out of range
 * @throws ShapeError when other axes differ
 * @throws DTypeError when dtypes differ
 */
export function concat(xs: readonly Tensor[], axis = 0): Tensor {
  const [first] = xs;
  if (first === undefined) {
    throw new OptionError("concat: nothing to join, got 0 tensors, expected at least 1", "xs", xs);
  }
  const along = normalizeAxis("concat", axis, first.rank);
  return xs.length === 1 ? first : apply(concatOp, xs, { axis: along });
}

/**
 * Joins tensors of one shape along a new axis.
 * @param axis where the new axis will be, in the result
 * @throws OptionError for an empty list or an axis out of range
 * @throws ShapeError when shapes differ
 */
export function stack(xs: readonly Tensor[], axis = 0): Tensor {
  const [first] = xs;
  if (first === undefined) {
    throw new OptionError("stack: nothing to join, got 0 tensors, expected at least 1", "xs", xs);
  }
  const along = normalizeAxis("stack", axis, first.rank + 1);
  const expanded = xs.map((x) => {
    if (x.shape.join() !== first.shape.join()) {
      throw new ShapeError(
        `stack: shapes differ, got ${formatShape(first.shape)} and ${formatShape(x.shape)}, expected equal shapes`,
        first.shape,
        x.shape,
      );
    }
    return reshape(x, x.shape.toSpliced(along, 0, 1));
  });
  return concat(expanded, along);
}
