// broadcastTo and sum: stretching an axis and adding it up are each other's transpose. Other reductions: reduce.ts.
import type { Op } from "../graph/node.ts";
import { apply, expectDType, type Tensor } from "../graph/tensor.ts";
import { ShapeError } from "../shape/errors.ts";
import { checkShape, formatShape, normalizeAxes, reducedShape, type Shape, sameShape } from "../shape/shape.ts";
import { reshape } from "./movement.ts";

export const broadcastToOp: Op<"broadcastTo", { readonly shape: Shape }> = {
  name: "broadcastTo",
  infer: ([x], { shape }) => {
    checkShape("broadcastTo", shape);
    const added = shape.length - x!.shape.length;
    if (added < 0 || x!.shape.some((length, axis) => length !== 1 && length !== shape[axis + added])) {
      throw new ShapeError(
        `broadcastTo: shape does not stretch, got ${formatShape(x!.shape)}, expected one that broadcasts to ${formatShape(shape)}`,
        x!.shape,
        shape,
      );
    }
    return { shape, dtype: x!.dtype };
  },
  // out repeats x, so dx = Σ g over the axes that were added or stretched
  vjp:
    ({ shape }) =>
    (g, _out, x) => {
      const added = shape.length - x!.rank;
      const axes = shape.flatMap((length, axis) => (axis < added || x!.shape[axis - added] !== length ? [axis] : []));
      return [reshape(sum(g, axes), x!.shape)];
    },
};

/**
 * Repeats `x` along axes of size 1 and new leading axes (NumPy's rule).
 * @throws ShapeError when `x` does not broadcast to `shape`
 */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply(broadcastToOp, [x], { shape: [...shape] });
}

export interface ReductionOptions {
  /** leave the reduced axes in place with size 1; default false */
  keepDims?: boolean | undefined;
}

export interface ReductionAttributes {
  /** increasing, counted from the front */
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** One axis, several, or undefined for all. */
export type Axes = number | readonly number[] | undefined;

/** A reduction of `x`; over axes of size 1 it is only a reshape. */
export function reduction(
  op: Op<string, ReductionAttributes>,
  x: Tensor,
  axes: Axes,
  options: ReductionOptions,
): Tensor {
  const { keepDims = false } = options;
  expectDType(op.name, "x", x.dtype, "float32");
  const reduced = normalizeAxes(op.name, axes, x.rank);
  if (reduced.every((axis) => x.shape[axis] === 1)) return reshape(x, reducedShape(x.shape, reduced, keepDims));
  return apply(op, [x], { axes: reduced, keepDims });
}

/** A reduction's result or its gradient, stretched back over the reduced axes to the shape of `x`. */
export function spread(reduced: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  return broadcastTo(reshape(reduced, reducedShape(x.shape, axes, true)), x.shape);
}

export const sumOp: Op<"sum", ReductionAttributes> = {
  name: "sum",
  infer: ([x], { axes, keepDims }) => {
    expectDType("sum", "x", x!.dtype, "float32");
    return { shape: reducedShape(x!.shape, axes, keepDims), dtype: "float32" };
  },
  // every element counts once: dx = g, repeated
  vjp:
    ({ axes }) =>
    (g, _out, x) => [spread(g, x!, axes)],
};

/**
 * Σ x over `axes`, by default all; 0 over an axis of size 0.
 * @param x float32, any shape
 * @throws OptionError for an axis out of range or named twice
 */
export function sum(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  return reduction(sumOp, x, axes, options);
}
