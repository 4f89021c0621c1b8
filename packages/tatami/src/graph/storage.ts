// Values that outlive a program: arrays from the user, parameters, optimiser slots, random keys. The host copy is the
// truth until a backend takes the storage over; where a storage lives is the device's business (tensor/device.ts).
import { type DType, type TypedArray, typedArray } from "../shape/dtype.ts";
import { type Shape, sizeOf } from "../shape/shape.ts";

export class Storage {
  readonly shape: Shape;
  readonly dtype: DType;
  /** the values, row-major; null while only a backend has them */
  host: TypedArray | null;

  constructor(shape: Shape, dtype: DType, host?: TypedArray) {
    this.shape = shape;
    this.dtype = dtype;
    this.host = host ?? typedArray(dtype, sizeOf(shape));
  }
}
