// im2col, which lays every patch of an image out as a row, and col2im, its transpose (Chellapilla et al. 2006).
import type { Op } from "../graph/node.ts";
import { apply, expectDType, type Tensor } from "../graph/tensor.ts";
import { checkShape, type Shape } from "../shape/shape.ts";
import { type Pair, type Window, type WindowOptions, windowOf } from "../shape/window.ts";
import { expectLayout, expectShape } from "./expectations.ts";
import { slidShape } from "./images.ts";

/** [N·OH·OW, C·KH·KW]. */
function columnsShape(op: string, image: Shape, window: Window): Shape {
  const [n, c, oh, ow] = slidShape(op, { shape: image, dtype: "float32" }, window);
  return [n! * oh! * ow!, c! * window.kernel[0] * window.kernel[1]];
}

export const im2colOp: Op<"im2col", { readonly window: Window }> = {
  name: "im2col",
  infer: ([x], { window }) => {
    expectDType("im2col", "x", x!.dtype, "float32");
    return { shape: columnsShape("im2col", x!.shape, window), dtype: "float32" };
  },
  // an element in several patches adds up their gradients
  vjp:
    ({ window }) =>
    (g, _out, x) => [apply(col2imOp, [g], { window, image: x!.shape })],
};

/**
 * Every patch of the images as a row.
 * @param x float32 [N, C, H, W]: images
 * @param kernelSize of the patches, ≥ 1
 * @returns [N·OH·OW, C·KH·KW]; padding gives zeros
 * @throws ShapeError unless `x` has 4 axes and a patch fits
 * @throws OptionError for a kernel, stride or dilation < 1 or a padding < 0
 */
export function im2col(x: Tensor, kernelSize: Pair, options: WindowOptions = {}): Tensor {
  return apply(im2colOp, [x], { window: windowOf("im2col", kernelSize, options) });
}

export interface Col2imAttributes {
  readonly window: Window;
  /** [N, C, H, W] */
  readonly image: Shape;
}

export const col2imOp: Op<"col2im", Col2imAttributes> = {
  name: "col2im",
  infer: ([columns], { window, image }) => {
    expectDType("col2im", "columns", columns!.dtype, "float32");
    checkShape("col2im", image);
    expectLayout("col2im", "imageShape", image, "N, C, H, W");
    expectShape("col2im", "columns", columns!.shape, columnsShape("col2im", image, window));
    return { shape: image, dtype: "float32" };
  },
  // the transpose of the transpose
  vjp:
    ({ window }) =>
    (g) => [apply(im2colOp, [g], { window })],
};

/**
 * The transpose of im2col: rows are put back as patches, which add up where they overlap.
 * @param columns float32 [N·OH·OW, C·KH·KW]
 * @param imageShape [N, C, H, W] of the result
 * @param kernelSize of the patches, ≥ 1
 * @throws ShapeError when `columns` is not what im2col gives for such images
 * @throws OptionError for a kernel, stride or dilation < 1 or a padding < 0
 */
export function col2im(columns: Tensor, imageShape: Shape, kernelSize: Pair, options: WindowOptions = {}): Tensor {
  return apply(col2imOp, [columns], { window: windowOf("col2im", kernelSize, options), image: [...imageShape] });
}
