// Batch normalisation (Ioffe & Szegedy 2015) in two steps, so that the statistics can be the batch's or running ones.
import { expectDType, type Tensor } from "../graph/tensor.ts";
import { ShapeError } from "../shape/errors.ts";
import { formatShape } from "../shape/shape.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { expectShape } from "./expectations.ts";
import { perChannel } from "./images.ts";
import { type Moments, moments } from "./reduce.ts";
import { rsqrt } from "./unary.ts";

/** Both [C]. */
export type BatchStatistics = Moments;

/** @throws ShapeError or DTypeError unless `x` is float32 [N, C] or [N, C, H, W] */
function expectChannels(op: string, x: Tensor): void {
  expectDType(op, "x", x.dtype, "float32");
  if (x.rank !== 2 && x.rank !== 4) {
    throw new ShapeError(
      `${op}: x has the wrong number of axes, got ${formatShape(x.shape)}, expected [N, C] or [N, C, H, W]`,
      x.shape,
    );
  }
}

/**
 * Mean and biased variance of each channel, over the batch and, for images, over the pixels.
 * @param x float32 [N, C] or [N, C, H, W]
 * @throws ShapeError for another number of axes
 */
export function batchStatistics(x: Tensor): BatchStatistics {
  expectChannels("batchStatistics", x);
  return moments(x, x.rank === 2 ? [0] : [0, 2, 3]);
}

export interface BatchNormOptions extends BatchStatistics {
  /** [C], the scale; default 1 */
  gamma?: Tensor | undefined;
  /** [C], the shift; default 0 */
  beta?: Tensor | undefined;
  /** added to the variance; default 1e-5 */
  eps?: number | undefined;
}

/**
 * (x − mean) / √(variance + eps) · gamma + beta for each channel.
 * @param x float32 [N, C] or [N, C, H, W]
 * @throws ShapeError for another number of axes, or statistics, gamma or beta that are not [C]
 */
export function batchNorm(x: Tensor, options: BatchNormOptions): Tensor {
  const { mean: center, variance, gamma, beta, eps = 1e-5 } = options;
  expectChannels("batchNorm", x);
  for (const [name, channels] of Object.entries({ mean: center, variance, gamma, beta })) {
    if (channels !== undefined) expectShape("batchNorm", name, channels.shape, [x.shape[1]!]);
  }
  const deviation = rsqrt(add(variance, eps));
  const scale = gamma === undefined ? deviation : mul(deviation, gamma);
  const scaled = mul(sub(x, perChannel(center, x)), perChannel(scale, x));
  return beta === undefined ? scaled : add(scaled, perChannel(beta, x));
}
