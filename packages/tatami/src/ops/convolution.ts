// 2-D convolution (cross-correlation, as everywhere in deep learning) and its two gradients. The three are linear in both
// inputs and each one's gradients are the other two, so derivatives of any order exist (Dumoulin & Visin 2016).
import type { Op } from "../graph/node.ts";
import { apply, expectDType, type Tensor } from "../graph/tensor.ts";
import { OptionError, ShapeError } from "../shape/errors.ts";
import { formatShape, type TensorType } from "../shape/shape.ts";
import { type Pair, type Window, type WindowOptions, windowInput, windowOf } from "../shape/window.ts";
import { add } from "./arithmetic.ts";
import { expectLayout, expectShape } from "./expectations.ts";
import { expectImages, expectSlid, type ImageSize, imageSize, perChannel, slidShape } from "./images.ts";

export interface ConvolutionAttributes {
  readonly window: Window;
  /** channels are cut into as many parts, each with its own filters */
  readonly groups: number;
}

export interface InputGradientAttributes extends ConvolutionAttributes {
  /** [H, W] of the result: several sizes can give the same output when the stride does not divide */
  readonly image: ImageSize;
}

function expectGroups(op: string, inChannels: number, outChannels: number, groups: number): void {
  if (!Number.isInteger(groups) || groups < 1 || inChannels % groups !== 0 || outChannels % groups !== 0) {
    throw new OptionError(
      `${op}: groups do not divide the channels, got groups ${groups} for ${inChannels} in and ${outChannels} out, expected a common divisor`,
      "groups",
      groups,
    );
  }
}

const filterLayout = "outC, inC/groups, KH, KW";

function expectFilters(op: string, w: TensorType, layout = filterLayout): void {
  expectDType(op, "w", w.dtype, "float32");
  expectLayout(op, "w", w.shape, layout);
}

export const conv2dOp: Op<"conv2d", ConvolutionAttributes> = {
  name: "conv2d",
  infer: ([x, w], { window, groups }) => {
    expectImages("conv2d", "x", x!);
    expectFilters("conv2d", w!);
    const [inChannels, outChannels] = [x!.shape[1]!, w!.shape[0]!];
    expectGroups("conv2d", inChannels, outChannels, groups);
    expectShape("conv2d", "w", w!.shape, [outChannels, inChannels / groups, ...window.kernel]);
    return { shape: slidShape("conv2d", x!, window, outChannels), dtype: "float32" };
  },
  // out[o] = Σ x[s·o + d·k - p]·w[k] over taps k and channels; dx and dw are the sums of g over the other two indices
  vjp: (attributes) => (g, _out, x, w) => [
    apply(conv2dInputGradientOp, [g, w!], { ...attributes, image: imageSize(x!) }),
    apply(conv2dFilterGradientOp, [x!, g], attributes),
  ],
};

export const conv2dInputGradientOp: Op<"conv2dInputGradient", InputGradientAttributes> = {
  name: "conv2dInputGradient",
  infer: ([g, w], { window, groups, image }) => {
    expectImages("conv2dInputGradient", "g", g!);
    expectFilters("conv2dInputGradient", w!);
    const [inChannels, outChannels] = [w!.shape[1]! * groups, g!.shape[1]!];
    expectGroups("conv2dInputGradient", inChannels, outChannels, groups);
    expectShape("conv2dInputGradient", "w", w!.shape, [outChannels, inChannels / groups, ...window.kernel]);
    expectSlid("conv2dInputGradient", g!.shape, image, window);
    return { shape: [g!.shape[0]!, inChannels, ...image], dtype: "float32" };
  },
  // ⟨h, inputGradient(y, w)⟩ = ⟨conv2d(h, w), y⟩: dy = conv2d(h, w), dw = filterGradient(h, y)
  vjp:
    ({ window, groups }) =>
    (h, _out, y, w) => [
      apply(conv2dOp, [h, w!], { window, groups }),
      apply(conv2dFilterGradientOp, [h, y!], { window, groups }),
    ],
};

export const conv2dFilterGradientOp: Op<"conv2dFilterGradient", ConvolutionAttributes> = {
  name: "conv2dFilterGradient",
  infer: ([x, g], { window, groups }) => {
    expectImages("conv2dFilterGradient", "x", x!);
    expectImages("conv2dFilterGradient", "g", g!);
    const [batch, inChannels, ...image] = x!.shape;
    const outChannels = g!.shape[1]!;
    expectGroups("conv2dFilterGradient", inChannels!, outChannels, groups);
    expectSlid("conv2dFilterGradient", g!.shape, [image[0]!, image[1]!], window);
    expectShape("conv2dFilterGradient", "g", g!.shape, g!.shape.with(0, batch!));
    return { shape: [outChannels, inChannels! / groups, ...window.kernel], dtype: "float32" };
  },
  // ⟨h, filterGradient(x, y)⟩ = ⟨conv2d(x, h), y⟩: dx = inputGradient(y, h), dy = conv2d(x, h)
  vjp: (attributes) => (h, _out, x, y) => [
    apply(conv2dInputGradientOp, [y!, h], { ...attributes, image: imageSize(x!) }),
    apply(conv2dOp, [x!, h], attributes),
  ],
};

export interface ConvolutionOptions extends WindowOptions {
  /** [outC], added to every pixel of its channel */
  bias?: Tensor | undefined;
  /** parts the channels are cut into, each seen by its own filters only; divides inC and outC; default 1 */
  groups?: number | undefined;
}

function addBias(op: string, y: Tensor, bias: Tensor | undefined): Tensor {
  if (bias === undefined) return y;
  expectShape(op, "bias", bias.shape, [y.shape[1]!]);
  return add(y, perChannel(bias, y));
}

/**
 * 2-D convolution: out[n, o, y, x] = bias[o] + Σ image[n, c, s·y + d·i − p, s·x + d·j − p] · w[o, c, i, j].
 * @param x float32 [N, inC, H, W]: images
 * @param w float32 [outC, inC/groups, KH, KW]: filters
 * @returns [N, outC, OH, OW], OH = ⌊(H + padding − dilation · (KH − 1) − 1) / stride⌋ + 1
 * @throws ShapeError when `x`, `w` or the bias do not fit, or the window is larger than the padded image
 * @throws OptionError for groups that do not divide the channels, or a stride, padding or dilation out of range
 */
export function conv2d(x: Tensor, w: Tensor, options: ConvolutionOptions = {}): Tensor {
  const { bias, groups = 1 } = options;
  expectFilters("conv2d", w);
  const window = windowOf("conv2d", imageSize(w), options);
  return addBias("conv2d", apply(conv2dOp, [x, w], { window, groups }), bias);
}

export interface TransposedConvolutionOptions extends ConvolutionOptions {
  /** rows and columns added at the bottom and right, ≥ 0 and less than the stride; default 0 */
  outputPadding?: Pair | undefined;
}

/**
 * Transposed convolution: the gradient of conv2d for its images, as a map of its own.
 * @param x float32 [N, inC, H, W]: images
 * @param w float32 [inC, outC/groups, KH, KW]: filters
 * @returns [N, outC, OH, OW], OH = (H − 1) · stride − padding + dilation · (KH − 1) + 1 + outputPadding
 * @throws ShapeError when `x`, `w` or the bias do not fit, or nothing is left of the image
 * @throws OptionError for groups that do not divide the channels, or another option out of range
 */
export function convTranspose2d(x: Tensor, w: Tensor, options: TransposedConvolutionOptions = {}): Tensor {
  const { bias, groups = 1, outputPadding = 0 } = options;
  expectImages("convTranspose2d", "x", x);
  expectFilters("convTranspose2d", w, "inC, outC/groups, KH, KW");
  const [inChannels, outChannels] = [x.shape[1]!, w.shape[1]! * groups];
  expectGroups("convTranspose2d", inChannels, outChannels, groups);
  expectShape("convTranspose2d", "w", w.shape, w.shape.with(0, inChannels));
  const window = windowOf("convTranspose2d", imageSize(w), options);
  const extra = typeof outputPadding === "number" ? ([outputPadding, outputPadding] as const) : outputPadding;
  if (extra.some((count, axis) => !Number.isInteger(count) || count < 0 || count >= window.stride[axis]!)) {
    throw new OptionError(
      `convTranspose2d: outputPadding is out of range, got ${JSON.stringify(outputPadding)}, expected integers from 0 to less than the stride ${formatShape(window.stride)}`,
      "outputPadding",
      outputPadding,
    );
  }
  const [height, width] = windowInput(imageSize(x), window, extra) as ImageSize;
  if (height < 1 || width < 1) {
    throw new ShapeError(
      `convTranspose2d: nothing is left of the image, got ${height} by ${width} for x ${formatShape(x.shape)}, expected at least 1 by 1`,
      x.shape,
      w.shape,
    );
  }
  const result = apply(conv2dInputGradientOp, [x, w], { window, groups, image: [height, width] });
  return addBias("convTranspose2d", result, bias);
}
