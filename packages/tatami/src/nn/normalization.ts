// Batch normalisation (Ioffe & Szegedy 2015): by the batch's statistics while training, by running ones in evaluation.
import type { Tensor } from "../graph/tensor.ts";
import { add, type BatchStatistics, batchNorm, batchStatistics, mul } from "../ops/index.ts";
import { OptionError, ShapeError } from "../shape/errors.ts";
import { formatShape, sizeOf } from "../shape/shape.ts";
import { Variable } from "../tensor/variable.ts";
import { expectChannels, expectCount } from "./expectations.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface BatchNormLayerOptions {
  /** added to the variance, > 0; default 1e-5 */
  eps?: number | undefined;
  /** weight of the newest batch in the running statistics, in [0, 1]; default 0.1 */
  momentum?: number | undefined;
  /** whether the result is scaled by `weight` and shifted by `bias`; default true */
  affine?: boolean | undefined;
  /** whether evaluation uses running statistics; without them it uses the batch's; default true */
  trackRunningStats?: boolean | undefined;
}

/** What batch normalisation is made of. */
export interface BatchNormParts {
  readonly training: boolean;
  readonly eps: number;
  readonly momentum: number;
  /** [C] */
  readonly weight: Tensor | null;
  /** [C] */
  readonly bias: Tensor | null;
  /** [C] */
  readonly runningMean: Variable | null;
  /** [C] */
  readonly runningVar: Variable | null;
}

/**
 * Normalises by the batch (training) or by the running statistics, which training moves.
 * @param layer for messages
 * @param x float32 [N, C] or [N, C, H, W]
 * @throws ShapeError while training, for one value a channel
 */
export function normalizeBatch(layer: string, x: Tensor, parts: BatchNormParts): Tensor {
  const { training, runningMean, runningVar, weight, bias, eps } = parts;
  const affine = { gamma: weight ?? undefined, beta: bias ?? undefined, eps };
  if (!training && runningMean !== null && runningVar !== null) {
    return batchNorm(x, { mean: runningMean, variance: runningVar, ...affine });
  }
  const statistics = batchStatistics(x);
  if (training) track(layer, x, statistics, parts);
  return batchNorm(x, { ...statistics, ...affine });
}

function track(layer: string, x: Tensor, { mean, variance }: BatchStatistics, parts: BatchNormParts): void {
  const { runningMean, runningVar, momentum } = parts;
  const count = sizeOf(x.shape) / x.shape[1]!;
  if (count < 2) {
    throw new ShapeError(
      `${layer}: one value a channel has no variance, got ${formatShape(x.shape)}, expected at least 2 values while training`,
      x.shape,
    );
  }
  const follow = (running: Variable | null, value: Tensor): void =>
    running?.assign(add(mul(running, 1 - momentum), mul(value, momentum)));
  follow(runningMean, mean);
  follow(runningVar, mul(variance, count / (count - 1)));
}

/** What the two layers share; they differ in the inputs they take. */
abstract class BatchNorm extends Module {
  readonly #layer: string;
  readonly features: number;
  readonly eps: number;
  readonly momentum: number;
  /** [C], the scale; starts at 1 */
  readonly weight: Parameter | null;
  /** [C], the shift; starts at 0 */
  readonly bias: Parameter | null;
  /** [C], starts at 0 */
  readonly runningMean: Variable | null;
  /** [C], of the unbiased variance; starts at 1 */
  readonly runningVar: Variable | null;

  constructor(layer: string, features: number, options: BatchNormLayerOptions) {
    super();
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true } = options;
    expectCount(layer, "features", features);
    if (!(eps > 0))
      throw new OptionError(`${layer}: eps is out of range, got ${eps}, expected more than 0`, "eps", eps);
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new OptionError(
        `${layer}: momentum is out of range, got ${momentum}, expected a number in [0, 1]`,
        "momentum",
        momentum,
      );
    }
    this.#layer = layer;
    this.features = features;
    this.eps = eps;
    this.momentum = momentum;
    this.weight = affine ? new Parameter([features], { constant: 1 }) : null;
    this.bias = affine ? new Parameter([features], "zeros") : null;
    this.runningMean = trackRunningStats ? new Variable([features]) : null;
    this.runningVar = trackRunningStats
      ? new Variable([features], "float32", new Float32Array(features).fill(1))
      : null;
  }

  /** Normalises by the batch (training) or by the running statistics, which training moves. */
  protected normalize(x: Tensor): Tensor {
    return normalizeBatch(this.#layer, x, this);
  }

  protected override resetBuffers(): void {
    this.runningMean?.set(new Float32Array(this.features));
    this.runningVar?.set(new Float32Array(this.features).fill(1));
  }
}

export class BatchNorm1d extends BatchNorm {
  /** @throws OptionError for features < 1 or an option out of range */
  constructor(features: number, options: BatchNormLayerOptions = {}) {
    super("BatchNorm1d", features, options);
  }

  /**
   * @param x float32 [N, C], N ≥ 2 while training
   * @throws ShapeError for anything else
   */
  override forward(x: Tensor): Tensor {
    expectChannels("BatchNorm1d", x, this.features, `N, ${this.features}`);
    return this.normalize(x);
  }
}

export class BatchNorm2d extends BatchNorm {
  /** @throws OptionError for features < 1 or an option out of range */
  constructor(features: number, options: BatchNormLayerOptions = {}) {
    super("BatchNorm2d", features, options);
  }

  /**
   * Statistics are taken over the batch and the pixels of each channel.
   * @param x float32 [N, C, H, W]: images, N·H·W ≥ 2 while training
   * @throws ShapeError for anything else
   */
  override forward(x: Tensor): Tensor {
    expectChannels("BatchNorm2d", x, this.features, `N, ${this.features}, H, W`);
    return this.normalize(x);
  }
}
