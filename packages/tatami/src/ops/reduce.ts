// Reductions: mean, variance, max, min and argMax. sum is in broadcast.ts.
import type { Op } from "../graph/node.ts";
import { apply, expectDType, type Tensor } from "../graph/tensor.ts";
import { OptionError, ShapeError } from "../shape/errors.ts";
import { formatShape, normalizeAxes, reducedShape, type Shape, sizeOf, type TensorType } from "../shape/shape.ts";
import { div, mul, sub } from "./arithmetic.ts";
import { type Axes, type ReductionAttributes, type ReductionOptions, reduction, spread, sum } from "./broadcast.ts";
import { equal } from "./comparison.ts";
import { reshape, transpose } from "./movement.ts";

/** How many elements go into one result. */
function countOf(op: string, x: Tensor, axes: Axes): number {
  return sizeOf(normalizeAxes(op, axes, x.rank).map((axis) => x.shape[axis]!));
}

/**
 * Arithmetic mean over `axes`, by default all; NaN over an axis of size 0.
 * @param x float32, any shape
 * @throws OptionError for an axis out of range or named twice
 */
export function mean(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  expectDType("mean", "x", x.dtype, "float32");
  const count = countOf("mean", x, axes);
  return count === 1 ? sum(x, axes, options) : mul(sum(x, axes, options), 1 / count);
}

export const squaredDeviationsOp: Op<"squaredDeviations", { readonly axes: readonly number[] }> = {
  name: "squaredDeviations",
  infer: ([x], { axes }) => ({ shape: reducedShape(x!.shape, axes, false), dtype: "float32" }),
  // dx = 2g·(x − mean); dmean = −2g·Σ (x − mean), which is 0
  vjp:
    ({ axes }) =>
    (g, _out, x, center) => [mul(spread(mul(g, 2), x!, axes), sub(x!, spread(center!, x!, axes))), null],
};

/** Σ (x − center)² over `axes`, where `center` has to be the mean of `x` over them: no gradient is lost on the way through it. */
function squaredDeviations(x: Tensor, center: Tensor, axes: readonly number[]): Tensor {
  return apply(squaredDeviationsOp, [x, center], { axes });
}

export interface Moments {
  readonly mean: Tensor;
  /** biased: divided by the number of elements */
  readonly variance: Tensor;
}

/**
 * Mean and biased variance over `axes`, which are left out of the results' shapes.
 * @param x float32, any shape
 * @throws OptionError for an axis out of range or named twice
 */
export function moments(x: Tensor, axes?: Axes): Moments {
  const center = mean(x, axes);
  const reduced = normalizeAxes("moments", axes, x.rank);
  return { mean: center, variance: mul(squaredDeviations(x, center, reduced), 1 / countOf("moments", x, axes)) };
}

export interface VarianceOptions extends ReductionOptions {
  /** taken from the number of elements in the divisor, ≥ 0: 1 (default) for the unbiased estimate, 0 for the biased one */
  correction?: number | undefined;
}

/**
 * Σ (x − mean)² / (n − correction) over `axes`, by default all; NaN where n ≤ correction.
 * @param x float32, any shape
 * @throws OptionError for an axis out of range or named twice, or a negative correction
 */
export function variance(x: Tensor, axes?: Axes, options: VarianceOptions = {}): Tensor {
  const { correction = 1, keepDims } = options;
  expectDType("variance", "x", x.dtype, "float32");
  if (!(correction >= 0)) {
    throw new OptionError(
      `variance: correction is out of range, got ${correction}, expected at least 0`,
      "correction",
      correction,
    );
  }
  const count = countOf("variance", x, axes);
  const reduced = normalizeAxes("variance", axes, x.rank);
  const sum = squaredDeviations(x, mean(x, axes), reduced);
  const result = mul(sum, 1 / Math.max(count - correction, 0));
  return keepDims ? reshape(result, reducedShape(x.shape, reduced, true)) : result;
}

function expectElements(op: string, shape: Shape, axes: readonly number[]): void {
  if (axes.some((axis) => shape[axis] === 0)) {
    throw new ShapeError(
      `${op}: nothing to choose from, got ${formatShape(shape)} over axes ${formatShape(axes)}, expected sizes of at least 1`,
      shape,
    );
  }
}

function extreme<Name extends "max" | "min">(name: Name): Op<Name, ReductionAttributes> {
  return {
    name,
    infer: ([x], { axes, keepDims }): TensorType => {
      expectDType(name, "x", x!.dtype, "float32");
      expectElements(name, x!.shape, axes);
      return { shape: reducedShape(x!.shape, axes, keepDims), dtype: "float32" };
    },
    // dx = g where x is the extreme, shared evenly among those that tie
    vjp:
      ({ axes }) =>
      (g, out, x) => {
        const winners = equal(x!, spread(out, x!, axes));
        const part = div(g, reshape(sum(winners, axes), g.shape));
        return [mul(spread(part, x!, axes), winners)];
      },
  };
}

export const maxOp = extreme("max");

/**
 * Largest element over `axes`, by default all; NaN if one is. Ties share the gradient evenly.
 * @param x float32, any shape
 * @throws OptionError for an axis out of range or named twice
 * @throws ShapeError over an axis of size 0
 */
export function max(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  return reduction(maxOp, x, axes, options);
}

export const minOp = extreme("min");

/**
 * Smallest element over `axes`, by default all; NaN if one is. Ties share the gradient evenly.
 * @param x float32, any shape
 * @throws OptionError for an axis out of range or named twice
 * @throws ShapeError over an axis of size 0
 */
export function min(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  return reduction(minOp, x, axes, options);
}

export const argMaxOp: Op<"argMax", { readonly axis: number }> = {
  name: "argMax",
  infer: ([x], { axis }) => {
    expectDType("argMax", "x", x!.dtype, "float32");
    expectElements("argMax", x!.shape, [axis]);
    return { shape: x!.shape.toSpliced(axis, 1), dtype: "int32" };
  },
  vjp: { none: "indices have no gradient" },
};

/**
 * int32 index of the largest element over `axes`, the first of equals; over several axes the index into them flattened
 * (row-major, in the order of `x`).
 * @param x float32, any shape
 * @throws OptionError for an axis out of range or named twice
 * @throws ShapeError over an axis of size 0
 */
export function argMax(x: Tensor, axes?: Axes, options: ReductionOptions = {}): Tensor {
  const reduced = normalizeAxes("argMax", axes, x.rank);
  const kept = x.shape.flatMap((_, axis) => (reduced.includes(axis) ? [] : [axis]));
  const shape = reducedShape(x.shape, reduced, options.keepDims ?? false);
  expectElements("argMax", x.shape, reduced);
  if (reduced.length === 1) return reshape(apply(argMaxOp, [x], { axis: reduced[0]! }), shape);
  const count = countOf("argMax", x, reduced);
  const flattened = reshape(transpose(x, [...kept, ...reduced]), [...kept.map((axis) => x.shape[axis]!), count]);
  return reshape(apply(argMaxOp, [flattened], { axis: kept.length }), shape);
}
