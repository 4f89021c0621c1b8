// Conversions between the dtypes. No gradient flows through integers.
import type { Op } from "../graph/node.ts";
import { apply, expectDType, type Tensor } from "../graph/tensor.ts";

export const toFloatOp: Op<"toFloat", null> = {
  name: "toFloat",
  infer: ([x]) => {
    expectDType("toFloat", "x", x!.dtype, "int32");
    return { shape: x!.shape, dtype: "float32" };
  },
  vjp: { none: "integers have no gradient" },
};

/** float32 of the same values, exact up to 2²⁴ in magnitude; a float32 tensor is returned as it is. */
export function toFloat(x: Tensor): Tensor {
  return x.dtype === "float32" ? x : apply(toFloatOp, [x], null);
}

export const toIntOp: Op<"toInt", null> = {
  name: "toInt",
  infer: ([x]) => {
    expectDType("toInt", "x", x!.dtype, "float32");
    return { shape: x!.shape, dtype: "int32" };
  },
  vjp: { none: "integers have no gradient" },
};

/** int32 of the values, cut towards 0; an int32 tensor is returned as it is. */
export function toInt(x: Tensor): Tensor {
  return x.dtype === "int32" ? x : apply(toIntOp, [x], null);
}
