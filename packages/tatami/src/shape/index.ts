// The public names of shape/: errors and types that users meet.
export type { DType, TypedArray } from "./dtype.ts";
export { BackendError, DataError, DTypeError, OptionError, ShapeError } from "./errors.ts";
export type { Shape, TensorType } from "./shape.ts";
export type { Padding, Pair, WindowOptions } from "./window.ts";
