// Convolution layers over images.
import type { Tensor } from "../graph/tensor.ts";
import { conv2d, convTranspose2d } from "../ops/index.ts";
import { OptionError } from "../shape/errors.ts";
import { type Padding, type Pair, type Window, windowOf } from "../shape/window.ts";
import { expectChannels, expectCount } from "./expectations.ts";
import type { Initializer } from "./initializer.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface Conv2dOptions {
  /** step between windows, ≥ 1; default 1 */
  stride?: Pair | undefined;
  /** rows and columns of zeros around the image, ≥ 0; default 0 */
  padding?: Padding | undefined;
  /** distance between the taps of the kernel, ≥ 1; default 1 */
  dilation?: Pair | undefined;
  /** parts the channels are cut into, each seen by its own filters only; divides both channel counts; default 1 */
  groups?: number | undefined;
  /** whether a bias is added; default true */
  bias?: boolean | undefined;
  /** default "fanInUniform" */
  weightInit?: Initializer | undefined;
  /** default "fanInUniform", by the weight's fans */
  biasInit?: Initializer | undefined;
}

function expectGroups(layer: string, inChannels: number, outChannels: number, groups: number): void {
  for (const [option, value] of Object.entries({ inChannels, outChannels, groups })) expectCount(layer, option, value);
  for (const [option, value] of Object.entries({ inChannels, outChannels })) {
    if (value % groups !== 0) {
      throw new OptionError(
        `${layer}: ${option} must be divisible by groups, got ${value} and ${groups}`,
        option,
        value,
      );
    }
  }
}

export class Conv2d extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  readonly window: Window;
  /** [outC, inC/groups, KH, KW] */
  readonly weight: Parameter;
  /** [outC] */
  readonly bias: Parameter | null;

  /**
   * 2-D convolution (cross-correlation), see ops/convolution.ts.
   * @param inChannels of the images, ≥ 1
   * @param outChannels number of filters, ≥ 1
   * @param kernelSize ≥ 1
   * @throws OptionError for an option out of range, or channels that are not divisible by groups
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: Conv2dOptions = {}) {
    super();
    const { groups = 1, bias = true, weightInit = "fanInUniform", biasInit = "fanInUniform" } = options;
    expectGroups("Conv2d", inChannels, outChannels, groups);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.groups = groups;
    this.window = windowOf("Conv2d", kernelSize, options);
    this.weight = new Parameter([outChannels, inChannels / groups, ...this.window.kernel], weightInit);
    this.bias = bias ? new Parameter([outChannels], biasInit, this.weight.fans) : null;
  }

  /**
   * @param x float32 [N, inC, H, W]: images
   * @returns [N, outC, OH, OW], OH = ⌊(H + padding − dilation · (KH − 1) − 1) / stride⌋ + 1
   * @throws ShapeError for another number of axes or channels, or a window larger than the padded image
   */
  override forward(x: Tensor): Tensor {
    expectChannels("Conv2d", x, this.inChannels, `N, ${this.inChannels}, H, W`);
    const { stride, padding, dilation } = this.window;
    const { groups, weight } = this;
    return conv2d(x, weight, { stride, padding, dilation, groups, bias: this.bias ?? undefined });
  }
}

export interface ConvTranspose2dOptions extends Conv2dOptions {
  /** rows and columns added at the bottom and right, ≥ 0 and less than the stride; default 0 */
  outputPadding?: Pair | undefined;
}

export class ConvTranspose2d extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  readonly window: Window;
  readonly outputPadding: Pair;
  /** [inC, outC/groups, KH, KW] */
  readonly weight: Parameter;
  /** [outC] */
  readonly bias: Parameter | null;

  /**
   * Transposed convolution: what the gradient of a convolution does to its output, as a layer that enlarges images.
   * @param inChannels of the images, ≥ 1
   * @param outChannels of the result, ≥ 1
   * @param kernelSize ≥ 1
   * @throws OptionError for an option out of range, or channels that are not divisible by groups
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: ConvTranspose2dOptions = {}) {
    super();
    const {
      groups = 1,
      outputPadding = 0,
      bias = true,
      weightInit = "fanInUniform",
      biasInit = "fanInUniform",
    } = options;
    expectGroups("ConvTranspose2d", inChannels, outChannels, groups);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.groups = groups;
    this.window = windowOf("ConvTranspose2d", kernelSize, options);
    this.outputPadding = outputPadding;
    this.weight = new Parameter([inChannels, outChannels / groups, ...this.window.kernel], weightInit);
    this.bias = bias ? new Parameter([outChannels], biasInit, this.weight.fans) : null;
  }

  /**
   * @param x float32 [N, inC, H, W]: images
   * @returns [N, outC, OH, OW], OH = (H − 1) · stride − padding + dilation · (KH − 1) + 1 + outputPadding
   * @throws ShapeError for another number of axes or channels, or when nothing is left of the image
   * @throws OptionError for an outputPadding out of range
   */
  override forward(x: Tensor): Tensor {
    expectChannels("ConvTranspose2d", x, this.inChannels, `N, ${this.inChannels}, H, W`);
    const { stride, padding, dilation } = this.window;
    const { groups, outputPadding, weight } = this;
    const bias = this.bias ?? undefined;
    return convTranspose2d(x, weight, { stride, padding, dilation, outputPadding, groups, bias });
  }
}
