// Where graphs start: stored values and constants. Random leaves are in random.ts.
import type { Op } from "../graph/node.ts";
import { Storage } from "../graph/storage.ts";
import { apply, type Tensor } from "../graph/tensor.ts";
import { type DType, type TypedArray, typedArray } from "../shape/dtype.ts";
import { OptionError, ShapeError } from "../shape/errors.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../shape/shape.ts";

/** Numbers nested as deep as the tensor has axes, or a flat array of its elements. */
export type NestedArray = number | TypedArray | readonly NestedArray[];

export const storedOp: Op<"stored", { readonly storage: Storage }> = {
  name: "stored",
  infer: (_, { storage }) => ({ shape: storage.shape, dtype: storage.dtype }),
  vjp: { none: "a leaf has no inputs" },
};

/** The current value of `storage`, read when the program runs. */
export function stored(storage: Storage): Tensor {
  return apply(storedOp, [], { storage });
}

export interface FullAttributes {
  readonly shape: Shape;
  readonly value: number;
  readonly dtype: DType;
}

export const fullOp: Op<"full", FullAttributes> = {
  name: "full",
  infer: (_, { shape, value, dtype }) => {
    checkShape("full", shape);
    if (dtype === "int32" && value !== (value | 0)) {
      throw new OptionError(`full: value does not fit the dtype, got ${value}, expected an int32`, "value", value);
    }
    return { shape, dtype };
  },
  vjp: { none: "a leaf has no inputs" },
};

/**
 * `value` everywhere.
 * @throws ShapeError for sizes that are not integers ≥ 0
 * @throws OptionError for an int32 tensor of a value that is not an int32
 */
export function full(shape: Shape, value: number, dtype: DType = "float32"): Tensor {
  return apply(fullOp, [], { shape: [...shape], value, dtype });
}

/** @throws ShapeError for sizes that are not integers ≥ 0 */
export function zeros(shape: Shape): Tensor {
  return full(shape, 0);
}

/** @throws ShapeError for sizes that are not integers ≥ 0 */
export function ones(shape: Shape): Tensor {
  return full(shape, 1);
}

/**
 * Values as a tensor. They are copied. An Int32Array gives int32, everything else float32.
 * @param values a number, arrays nested as deep as there are axes, or a typed array
 * @param shape default: the shape of the nesting; given, the elements are laid out in it row-major
 * @throws ShapeError when nested arrays differ in length or the number of elements is not that of `shape`
 */
export function tensor(values: NestedArray, shape?: Shape): Tensor {
  const nesting = nestingOf(values);
  const dtype = values instanceof Int32Array ? "int32" : "float32";
  const host = typedArray(dtype, sizeOf(nesting));
  if (copyInto(host, 0, values, nesting, 0) !== host.length) throw new Error("internal: tensor: values left over");
  if (shape !== undefined) {
    checkShape("tensor", shape);
    if (sizeOf(shape) !== host.length) {
      throw new ShapeError(
        `tensor: number of values does not fit the shape, got ${host.length}, expected ${sizeOf(shape)} for ${formatShape(shape)}`,
        shape,
      );
    }
  }
  return stored(new Storage([...(shape ?? nesting)], dtype, host));
}

/** The shape along the first elements; whether the others agree is seen while copying. */
function nestingOf(values: NestedArray): number[] {
  const shape: number[] = [];
  for (let part: NestedArray | undefined = values; typeof part === "object"; part = part[0]) shape.push(part.length);
  return shape;
}

function copyInto(host: TypedArray, offset: number, values: NestedArray, nesting: Shape, depth: number): number {
  const got = typeof values === "number" ? "a number" : `length ${values.length}`;
  const expected = depth === nesting.length ? "a number" : `length ${nesting[depth]}`;
  if (got !== expected) {
    throw new ShapeError(
      `tensor: nested arrays are ragged at depth ${depth}, got ${got}, expected ${expected}`,
      nesting,
    );
  }
  if (typeof values === "number") {
    host[offset] = values;
    return offset + 1;
  }
  let end = offset;
  for (const value of values) end = copyInto(host, end, value, nesting, depth + 1);
  return end;
}
