// The element types of tensors. Masks are float32 with 1 for true and 0 for false.

/** float32: values and masks; int32: labels, indices and random keys. Both take 4 bytes. */
export type DType = "float32" | "int32";

export type TypedArray = Float32Array | Int32Array;

/** Bytes of one element, of every dtype. */
export const elementBytes = 4;

export function typedArray(dtype: DType, length: number): TypedArray {
  return dtype === "float32" ? new Float32Array(length) : new Int32Array(length);
}
