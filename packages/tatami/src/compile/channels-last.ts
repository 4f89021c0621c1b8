// Ops that exist only inside the compiler: convolution and pooling over [N, H, W, C] images, the layout kernels are fast
// in. layout.ts puts them in the place of the public ones, whose images are [N, C, H, W]; they come after differentiation.
import type { Op } from "../graph/node.ts";
import type { ConvolutionAttributes, InputGradientAttributes } from "../ops/convolution.ts";
import type { AveragePoolingAttributes, AveragePoolingGradientAttributes } from "../ops/pooling.ts";
import type { Shape } from "../shape/shape.ts";
import { type Window, windowOutput } from "../shape/window.ts";

/** The ops that only the compiler makes, by name. */
export type CompilerOp =
  | "snapshot"
  | "conv2dLast"
  | "conv2dLastInputGradient"
  | "conv2dLastFilterGradient"
  | "conv2dLastFilterGradientAt"
  | "maxPool2dIndicesLast"
  | "avgPool2dLast"
  | "avgPool2dGradientLast"
  | "takeAlongLast"
  | "addAlongLast";

const vjp = { none: "exists only after differentiation" } as const;

function slid(op: string, x: Shape, window: Window, channels: number): Shape {
  return [x[0]!, ...windowOutput(op, [x[1]!, x[2]!], window), channels];
}

export interface PlacesAttributes extends ConvolutionAttributes {
  /** [OH, OW] of the planes */
  readonly plane: readonly [number, number];
}

/** x [N, H, W, C], w [KH, KW, C/groups, outC] → [N, OH, OW, outC] */
export const conv2dLastOp: Op<"conv2dLast", ConvolutionAttributes> = {
  name: "conv2dLast",
  infer: ([x, w], { window }) => ({ shape: slid("conv2d", x!.shape, window, w!.shape[3]!), dtype: "float32" }),
  vjp,
};

/** g [N, OH, OW, outC], w [KH, KW, outC, C/groups] → [N, H, W, C] */
export const conv2dLastInputGradientOp: Op<"conv2dLastInputGradient", InputGradientAttributes> = {
  name: "conv2dLastInputGradient",
  infer: ([g, w], { image, groups }) => ({ shape: [g!.shape[0]!, ...image, w!.shape[3]! * groups], dtype: "float32" }),
  vjp,
};

/** x [N, H, W, C], g [N, OH, OW, outC] → [KH, KW, C/groups, outC] */
export const conv2dLastFilterGradientOp: Op<"conv2dLastFilterGradient", ConvolutionAttributes> = {
  name: "conv2dLastFilterGradient",
  infer: ([x, g], { window, groups }) => ({
    shape: [...window.kernel, x!.shape[3]! / groups, g!.shape[3]!],
    dtype: "float32",
  }),
  vjp,
};

/** as conv2dLastFilterGradient of a gradient that is g at indices of its planes and else 0: both [N, places, outC] */
export const conv2dLastFilterGradientAtOp: Op<"conv2dLastFilterGradientAt", PlacesAttributes> = {
  name: "conv2dLastFilterGradientAt",
  infer: ([x, g], { window, groups }) => ({
    shape: [...window.kernel, x!.shape[3]! / groups, g!.shape[2]!],
    dtype: "float32",
  }),
  vjp,
};

/** x [N, H, W, C] → int32 [N, OH, OW, C]: positions row·W + column */
export const maxPool2dIndicesLastOp: Op<"maxPool2dIndicesLast", { readonly window: Window }> = {
  name: "maxPool2dIndicesLast",
  infer: ([x], { window }) => ({ shape: slid("maxPool2d", x!.shape, window, x!.shape[3]!), dtype: "int32" }),
  vjp,
};

/** x [N, H, W, C] → [N, OH, OW, C] */
export const avgPool2dLastOp: Op<"avgPool2dLast", AveragePoolingAttributes> = {
  name: "avgPool2dLast",
  infer: ([x], { window }) => ({ shape: slid("avgPool2d", x!.shape, window, x!.shape[3]!), dtype: "float32" }),
  vjp,
};

/** g [N, OH, OW, C] → [N, H, W, C] */
export const avgPool2dGradientLastOp: Op<"avgPool2dGradientLast", AveragePoolingGradientAttributes> = {
  name: "avgPool2dGradientLast",
  infer: ([g], { image }) => ({ shape: [g!.shape[0]!, ...image, g!.shape[3]!], dtype: "float32" }),
  vjp,
};

/** out[n, j, c] = x[n, indices[n, j, c], c]: x [N, length, C], indices [N, count, C] */
export const takeAlongLastOp: Op<"takeAlongLast", null> = {
  name: "takeAlongLast",
  infer: ([, indices]) => ({ shape: indices!.shape, dtype: "float32" }),
  vjp,
};

/** The transpose of takeAlongLast: out [N, length, C] */
export const addAlongLastOp: Op<"addAlongLast", { readonly length: number }> = {
  name: "addAlongLast",
  infer: ([g], { length }) => ({ shape: [g!.shape[0]!, length, g!.shape[2]!], dtype: "float32" }),
  vjp,
};
