// Arithmetic on shapes: sizes, strides, broadcasting, axes. No tensors here.
import { OptionError, ShapeError } from "./errors.ts";

/** Sizes of the axes, outermost first; `[]` is a scalar. Sizes are integers ≥ 0. */
export type Shape = readonly number[];

/** What is known of a tensor before it is computed. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: "float32" | "int32";
}

export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** Row-major strides in elements: the last axis has stride 1. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Throws unless every size is an integer ≥ 0. */
export function checkShape(op: string, shape: Shape): void {
  for (const length of shape) {
    if (!Number.isInteger(length) || length < 0) {
      throw new ShapeError(`${op}: sizes must be integers of at least 0, got ${formatShape(shape)}`, shape);
    }
  }
}

/**
 * The shape two operands share by NumPy's rule: shapes are aligned at the last axis, and an axis of size 1 stretches.
 * @throws ShapeError when an axis differs and neither size is 1
 */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let axis = 0; axis < rank; axis++) {
    const lengthA = a[axis - rank + a.length] ?? 1;
    const lengthB = b[axis - rank + b.length] ?? 1;
    if (lengthA !== lengthB && lengthA !== 1 && lengthB !== 1) {
      throw new ShapeError(
        `${op}: shapes do not broadcast, got ${formatShape(a)} and ${formatShape(b)}, expected axis ${axis} to be equal or 1`,
        a,
        b,
      );
    }
    shape[axis] = lengthA === 1 ? lengthB : lengthA;
  }
  return shape;
}

/** One axis counted from the front; negative ones count from the back. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || index < 0 || index >= rank) {
    throw new OptionError(
      `${op}: axis is out of range, got ${axis}, expected an integer from ${-rank} to ${rank - 1}`,
      "axis",
      axis,
    );
  }
  return index;
}

/** Axes as increasing indices from the front; undefined means all of them. */
export function normalizeAxes(op: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = typeof axes === "number" ? [axes] : axes;
  const indices = list.map((axis) => normalizeAxis(op, axis, rank)).sort((a, b) => a - b);
  if (new Set(indices).size !== indices.length) {
    throw new OptionError(`${op}: axes repeat, got ${formatShape(list)}, expected each axis once`, "axes", list);
  }
  return indices;
}

/** The shape after reducing `axes` (normalised), which stay as size 1 if kept. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  if (keepDims) return shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  return shape.filter((_, axis) => !axes.includes(axis));
}
