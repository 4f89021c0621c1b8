// Pooling over windows and over whole images. Max pooling finds indices first and then takes what they point at, so its
// gradient, and every higher one, is that of takeAlong.
import type { Op } from "../graph/node.ts";
import { apply, type Tensor } from "../graph/tensor.ts";
import { OptionError } from "../shape/errors.ts";
import { type Padding, type Pair, type Window, windowOf } from "../shape/window.ts";
import { expectImages, expectSlid, type ImageSize, imageSize, slidShape } from "./images.ts";
import { takeAlong } from "./indexing.ts";
import { reshape } from "./movement.ts";
import { max, mean } from "./reduce.ts";

export interface PoolingOptions {
  /** step between windows, ≥ 1; default: the kernel size */
  stride?: Pair | undefined;
  /** rows and columns of padding, from 0 to half the kernel size; default 0 */
  padding?: Padding | undefined;
}

function poolingWindow(op: string, kernelSize: Pair, options: PoolingOptions): Window {
  const { stride = kernelSize, padding = 0 } = options;
  const window = windowOf(op, kernelSize, { stride, padding });
  if (window.padding.some((side, index) => side > window.kernel[index >> 1]! / 2)) {
    throw new OptionError(
      `${op}: padding is larger than half the kernel, got ${JSON.stringify(padding)} for kernel ${JSON.stringify(kernelSize)}, expected at most half of it`,
      "padding",
      padding,
    );
  }
  return window;
}

export const maxPool2dIndicesOp: Op<"maxPool2dIndices", { readonly window: Window }> = {
  name: "maxPool2dIndices",
  infer: ([x], { window }) => ({ shape: slidShape("maxPool2d", x!, window), dtype: "int32" }),
  vjp: { none: "indices have no gradient" },
};

/**
 * Largest element of each window; the first of equals gets the gradient.
 * @param x float32 [N, C, H, W]: images
 * @returns [N, C, OH, OW], OH = ⌊(H + padding − KH) / stride⌋ + 1
 * @throws ShapeError unless `x` has 4 axes and the window fits
 * @throws OptionError for a kernel or stride < 1, or a padding out of range
 */
export function maxPool2d(x: Tensor, kernelSize: Pair, options: PoolingOptions = {}): Tensor {
  const indices = apply(maxPool2dIndicesOp, [x], { window: poolingWindow("maxPool2d", kernelSize, options) });
  const [n, c, h, w] = x.shape;
  const [, , oh, ow] = indices.shape;
  const planes = reshape(x, [n!, c!, h! * w!]);
  return reshape(takeAlong(planes, reshape(indices, [n!, c!, oh! * ow!])), indices.shape);
}

export interface AveragePoolingOptions extends PoolingOptions {
  /** divide by the whole window, padding included; default true */
  countIncludePad?: boolean | undefined;
}

export interface AveragePoolingAttributes {
  readonly window: Window;
  readonly countPadding: boolean;
}

export const avgPool2dOp: Op<"avgPool2d", AveragePoolingAttributes> = {
  name: "avgPool2d",
  infer: ([x], { window }) => ({ shape: slidShape("avgPool2d", x!, window), dtype: "float32" }),
  // each element gets g/count from every window it is in
  vjp: (attributes) => (g, _out, x) => [apply(avgPool2dGradientOp, [g], { ...attributes, image: imageSize(x!) })],
};

export interface AveragePoolingGradientAttributes extends AveragePoolingAttributes {
  /** [H, W] of the result */
  readonly image: ImageSize;
}

export const avgPool2dGradientOp: Op<"avgPool2dGradient", AveragePoolingGradientAttributes> = {
  name: "avgPool2dGradient",
  infer: ([g], { window, image }) => {
    expectImages("avgPool2dGradient", "g", g!);
    expectSlid("avgPool2dGradient", g!.shape, image, window);
    return { shape: [...g!.shape.slice(0, 2), ...image], dtype: "float32" };
  },
  // linear, and the transpose of avgPool2d
  vjp:
    ({ window, countPadding }) =>
    (h) => [apply(avgPool2dOp, [h], { window, countPadding })],
};

/**
 * Mean of each window.
 * @param x float32 [N, C, H, W]: images
 * @returns [N, C, OH, OW], OH = ⌊(H + padding − KH) / stride⌋ + 1
 * @throws ShapeError unless `x` has 4 axes and the window fits
 * @throws OptionError for a kernel or stride < 1, or a padding out of range
 */
export function avgPool2d(x: Tensor, kernelSize: Pair, options: AveragePoolingOptions = {}): Tensor {
  const { countIncludePad = true } = options;
  const window = poolingWindow("avgPool2d", kernelSize, options);
  return apply(avgPool2dOp, [x], { window, countPadding: countIncludePad });
}

/**
 * Mean of each whole image.
 * @param x float32 [N, C, H, W]: images
 * @returns [N, C, 1, 1]
 * @throws ShapeError unless `x` has 4 axes
 */
export function globalAvgPool2d(x: Tensor): Tensor {
  expectImages("globalAvgPool2d", "x", x);
  return mean(x, [2, 3], { keepDims: true });
}

/**
 * Largest element of each whole image; ties share the gradient evenly, as in max.
 * @param x float32 [N, C, H, W]: images
 * @returns [N, C, 1, 1]
 * @throws ShapeError unless `x` has 4 axes
 */
export function globalMaxPool2d(x: Tensor): Tensor {
  expectImages("globalMaxPool2d", "x", x);
  return max(x, [2, 3], { keepDims: true });
}
