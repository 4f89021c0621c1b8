// Arrays whose values are known while a graph is built: shapes, axes, limits, and the arithmetic that exporters do with them.
// What a program computes is no concern of these: that are tensors.
import { ShapeError } from "../shape/errors.ts";
import { broadcastShapes, checkShape, formatShape, type Shape, sizeOf, stridesOf } from "../shape/shape.ts";
import type { NumberKind } from "./stored-tensor.ts";

/** Larger results than this are no shapes, but a file that wants memory. */
const mostElements = 2 ** 16;

export class HostArray {
  readonly shape: Shape;
  readonly kind: NumberKind;
  /** row-major; integers beyond ±2⁵³ are not exact, booleans are 0 and 1 */
  readonly values: ArrayLike<number>;

  constructor(shape: Shape, kind: NumberKind, values: ArrayLike<number>) {
    this.shape = shape;
    this.kind = kind;
    this.values = values;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** @throws ShapeError for more values than constants may have */
  static from(shape: Shape, kind: NumberKind, valueAt: (index: number) => number): HostArray {
    checkShape("constant", shape);
    const size = sizeOf(shape);
    if (size > mostElements) {
      throw new ShapeError(
        `constant: a constant that is worked out is too large, got ${formatShape(shape)}, expected at most ${mostElements} values`,
        shape,
      );
    }
    return new HostArray(
      shape,
      kind,
      Float64Array.from({ length: size }, (_, index) => valueAt(index)),
    );
  }

  /** A vector of integers. */
  static integers(values: readonly number[]): HostArray {
    return new HostArray([values.length], "int", values);
  }

  /** Its values as a list. */
  list(): number[] {
    return Array.from(this.values);
  }

  map(kind: NumberKind, compute: (value: number) => number): HostArray {
    return HostArray.from(this.shape, kind, (index) => compute(this.values[index]!));
  }

  reshape(shape: Shape): HostArray {
    const open = shape.indexOf(-1);
    const known = sizeOf(shape.filter((length) => length !== -1));
    const resolved = open < 0 ? shape : shape.with(open, known === 0 ? 0 : this.values.length / known);
    checkShape("reshape", resolved);
    if (sizeOf(resolved) !== this.values.length) {
      throw new ShapeError(
        `reshape: number of elements differs, got ${formatShape(this.shape)}, expected as many as in ${formatShape(shape)}`,
        this.shape,
        shape,
      );
    }
    return new HostArray(resolved, this.kind, this.values);
  }

  /** Element `index` of each axis is that at `begin + index · step` of it. */
  view(begin: readonly number[], steps: readonly number[], shape: Shape): HostArray {
    const strides = stridesOf(this.shape);
    const base = begin.reduce((offset, at, axis) => offset + at * strides[axis]!, 0);
    return this.#walk(
      shape,
      base,
      steps.map((step, axis) => step * strides[axis]!),
    );
  }

  transpose(permutation: readonly number[]): HostArray {
    const strides = stridesOf(this.shape);
    const shape = permutation.map((axis) => this.shape[axis]!);
    return this.#walk(
      shape,
      0,
      permutation.map((axis) => strides[axis]!),
    );
  }

  expand(shape: Shape): HostArray {
    const target = broadcastShapes("expand", this.shape, shape);
    const added = target.length - this.rank;
    const strides = stridesOf(this.shape);
    const steps = target.map((_, axis) =>
      axis < added || this.shape[axis - added] === 1 ? 0 : strides[axis - added]!,
    );
    return this.#walk(target, 0, steps);
  }

  /** The parts at `indices` along an axis; they are in range. */
  gather(indices: HostArray, axis: number): HostArray {
    const inner = sizeOf(this.shape.slice(axis + 1));
    const length = this.shape[axis]!;
    const count = indices.values.length;
    return HostArray.from(this.shape.toSpliced(axis, 1, ...indices.shape), this.kind, (index) => {
      const outer = Math.floor(index / (count * inner));
      const at = indices.values[Math.floor(index / inner) % count]!;
      return this.values[(outer * length + at) * inner + (index % inner)]!;
    });
  }

  static concat(arrays: readonly HostArray[], axis: number): HostArray {
    const [first] = arrays;
    const total = arrays.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    const inner = sizeOf(first!.shape.slice(axis + 1));
    for (const { shape } of arrays) {
      if (shape.length !== first!.rank || shape.some((length, at) => at !== axis && length !== first!.shape[at])) {
        throw new ShapeError(
          `concat: shapes differ outside axis ${axis}, got ${formatShape(first!.shape)} and ${formatShape(shape)}, expected all other axes equal`,
          first!.shape,
          shape,
        );
      }
    }
    return HostArray.from(first!.shape.with(axis, total), first!.kind, (index) => {
      const outer = Math.floor(index / (total * inner));
      let at = Math.floor(index / inner) % total;
      let source = 0;
      while (at >= arrays[source]!.shape[axis]!) at -= arrays[source++]!.shape[axis]!;
      return arrays[source]!.values[(outer * arrays[source]!.shape[axis]! + at) * inner + (index % inner)]!;
    });
  }

  /** Element by element, after stretching. */
  static combine(kind: NumberKind, arrays: readonly HostArray[], compute: (...values: number[]) => number): HostArray {
    const shape = arrays.reduce<Shape>((shared, { shape }) => broadcastShapes("constant", shared, shape), []);
    const stretched = arrays.map((array) => array.expand(shape).values);
    return HostArray.from(shape, kind, (index) => compute(...stretched.map((values) => values[index]!)));
  }

  /** Over `axes`, counted from the front and increasing, which stay as size 1. */
  reduce(axes: readonly number[], compute: (values: readonly number[]) => number): HostArray {
    const kept = this.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
    const rows = this.transpose([...kept, ...axes]);
    const length = sizeOf(axes.map((axis) => this.shape[axis]!));
    const shape = this.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    return HostArray.from(shape, this.kind, (index) =>
      compute(Array.from({ length }, (_, at) => rows.values[index * length + at]!)),
    );
  }

  #walk(shape: Shape, base: number, steps: readonly number[]): HostArray {
    const strides = stridesOf(shape);
    return HostArray.from(shape, this.kind, (index) => {
      let at = base;
      for (let axis = 0; axis < shape.length; axis++) {
        at += (Math.floor(index / strides[axis]!) % shape[axis]!) * steps[axis]!;
      }
      return this.values[at]!;
    });
  }
}
