// A named array as file formats give and take it: what nn's state dictionaries hold too. Not a tensor: it is no graph.
import { type DType, elementBytes, type TypedArray } from "../shape/dtype.ts";
import { ShapeError } from "../shape/errors.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../shape/shape.ts";

/** An array of a file, in the dtypes of Tatami. */
export interface ArrayData {
  readonly shape: Shape;
  readonly dtype: DType;
  /** row-major */
  readonly values: TypedArray;
}

/** Arrays by name, in the order they are written in. */
export type ArrayMap = Readonly<Record<string, ArrayData>>;

/** @throws ShapeError unless the shape is one and fits the values, and these are of the dtype */
export function checkArray(op: string, name: string, { shape, dtype, values }: ArrayData): void {
  checkShape(`${op}: ${name}`, shape);
  const found = values instanceof Float32Array ? "float32" : "int32";
  if (sizeOf(shape) !== values.length || found !== dtype) {
    throw new ShapeError(
      `${op}: ${name} does not fit its values, got ${dtype} ${formatShape(shape)} for ${values.length} ${found} values, expected as many of that dtype`,
      shape,
    );
  }
}

/** The bytes of the values as they lie in memory; not a copy. */
export function rawBytes({ values }: ArrayData): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.length * elementBytes);
}
