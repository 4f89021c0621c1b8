// Normalisation within each sample: layer, instance and group norm. They do the same in training and evaluation, and do not
// care how large a batch is. Batch normalisation is normalization.ts.
import type { Tensor } from "../graph/tensor.ts";
import { add, moments, mul, reshape, rsqrt, sub } from "../ops/index.ts";
import { OptionError, ShapeError } from "../shape/errors.ts";
import { formatShape, type Shape } from "../shape/shape.ts";
import { expectChannels, expectCount } from "./expectations.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface SampleNormOptions {
  /** added to the variance, > 0; default 1e-5 */
  eps?: number | undefined;
  /** whether the result is scaled by `weight` and shifted by `bias` */
  affine?: boolean | undefined;
}

/** (x − mean) / √(variance + eps) over the last axis. */
export function standardized(x: Tensor, eps: number): Tensor {
  const { mean, variance } = moments(x, -1);
  const beside = (value: Tensor): Tensor => reshape(value, [...value.shape, 1]);
  return mul(sub(x, beside(mean)), beside(rsqrt(add(variance, eps))));
}

/** What the layers share: eps and, where wanted, a scale that starts at 1 and a shift that starts at 0. */
abstract class SampleNorm extends Module {
  readonly eps: number;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  constructor(layer: string, shape: Shape, eps: number, affine: boolean) {
    super();
    if (!(eps > 0)) {
      throw new OptionError(`${layer}: eps is out of range, got ${eps}, expected more than 0`, "eps", eps);
    }
    this.eps = eps;
    this.weight = affine ? new Parameter(shape, { constant: 1 }) : null;
    this.bias = affine ? new Parameter(shape, "zeros") : null;
  }

  /** @param shape of weight and bias as they stand against `x` */
  protected scaled(x: Tensor, shape: Shape): Tensor {
    if (this.weight === null || this.bias === null) return x;
    return add(mul(x, reshape(this.weight, shape)), reshape(this.bias, shape));
  }
}

export interface LayerNormOptions {
  /** added to the variance, > 0; default 1e-5 */
  eps?: number | undefined;
  /** whether the result is scaled by `weight` and shifted by `bias`, each element by its own; default true */
  elementwiseAffine?: boolean | undefined;
}

export class LayerNorm extends SampleNorm {
  readonly normalizedShape: readonly number[];

  /**
   * Each sample to mean 0 and variance 1 over its last axes (Ba, Kiros and Hinton 2016).
   * @param normalizedShape sizes of these axes, or of the last one alone, each ≥ 1
   * @throws OptionError for an option out of range
   */
  constructor(normalizedShape: number | readonly number[], options: LayerNormOptions = {}) {
    const shape = typeof normalizedShape === "number" ? [normalizedShape] : [...normalizedShape];
    expectCount("LayerNorm", "length of normalizedShape", shape.length);
    for (const size of shape) expectCount("LayerNorm", "normalizedShape", size);
    super("LayerNorm", shape, options.eps ?? 1e-5, options.elementwiseAffine ?? true);
    this.normalizedShape = shape;
  }

  /**
   * @param x float32 [..., ...normalizedShape]
   * @throws ShapeError when the last axes have other sizes
   */
  override forward(x: Tensor): Tensor {
    const begin = x.rank - this.normalizedShape.length;
    const last = x.shape.slice(Math.max(0, begin));
    if (begin < 0 || last.some((size, axis) => size !== this.normalizedShape[axis])) {
      throw new ShapeError(
        `LayerNorm: x has the wrong shape, got ${formatShape(x.shape)}, expected [..., ${this.normalizedShape.join(", ")}]`,
        x.shape,
      );
    }
    const flat = standardized(reshape(x, [...x.shape.slice(0, begin), -1]), this.eps);
    return this.scaled(reshape(flat, x.shape), this.normalizedShape);
  }
}

export class GroupNorm extends SampleNorm {
  readonly groups: number;
  readonly channels: number;

  /**
   * Each sample to mean 0 and variance 1 over the pixels of each group of channels (Wu and He 2018). One group is layer
   * norm over [C, H, W] but for the scale, as many as there are channels is instance norm.
   * @param groups ≥ 1, divides the channels
   * @param channels ≥ 1
   * @param options `affine` is true by default, each channel by its own
   * @throws OptionError outside these ranges
   */
  constructor(groups: number, channels: number, options: SampleNormOptions = {}) {
    expectCount("GroupNorm", "groups", groups);
    expectCount("GroupNorm", "channels", channels);
    if (channels % groups !== 0) {
      throw new OptionError(
        `GroupNorm: channels must be divisible by groups, got ${channels} and ${groups}`,
        "groups",
        groups,
      );
    }
    super("GroupNorm", [channels], options.eps ?? 1e-5, options.affine ?? true);
    this.groups = groups;
    this.channels = channels;
  }

  /**
   * @param x float32 [N, C, ...]
   * @throws ShapeError for another number of channels
   */
  override forward(x: Tensor): Tensor {
    if (x.rank < 2 || x.shape[1] !== this.channels) {
      throw new ShapeError(
        `GroupNorm: x has the wrong shape, got ${formatShape(x.shape)}, expected [N, ${this.channels}, ...]`,
        x.shape,
      );
    }
    const grouped = standardized(reshape(x, [x.shape[0]!, this.groups, -1]), this.eps);
    return this.scaled(reshape(grouped, x.shape), [this.channels, ...x.shape.slice(2).map(() => 1)]);
  }
}

export class InstanceNorm2d extends SampleNorm {
  readonly features: number;

  /**
   * Each channel of each image to mean 0 and variance 1 over its pixels (Ulyanov, Vedaldi and Lempitsky 2016), by its own
   * statistics in evaluation too.
   * @param features channels, ≥ 1
   * @param options `affine` is false by default
   * @throws OptionError for an option out of range
   */
  constructor(features: number, options: SampleNormOptions = {}) {
    expectCount("InstanceNorm2d", "features", features);
    super("InstanceNorm2d", [features], options.eps ?? 1e-5, options.affine ?? false);
    this.features = features;
  }

  /**
   * @param x float32 [N, C, H, W]: images
   * @throws ShapeError for anything else, or for images of one pixel, which has no variance
   */
  override forward(x: Tensor): Tensor {
    expectChannels("InstanceNorm2d", x, this.features, `N, ${this.features}, H, W`);
    if (x.shape[2]! * x.shape[3]! < 2) {
      throw new ShapeError(
        `InstanceNorm2d: one pixel has no variance, got ${formatShape(x.shape)}, expected at least 2 pixels`,
        x.shape,
      );
    }
    const flat = standardized(reshape(x, [x.shape[0]!, this.features, -1]), this.eps);
    return this.scaled(reshape(flat, x.shape), [this.features, 1, 1]);
  }
}
