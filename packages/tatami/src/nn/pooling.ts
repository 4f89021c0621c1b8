// Pooling layers over images. They have no parameters.
import type { Tensor } from "../graph/tensor.ts";
import {
  type AveragePoolingOptions,
  avgPool2d,
  globalAvgPool2d,
  globalMaxPool2d,
  maxPool2d,
  type PoolingOptions,
} from "../ops/index.ts";
import type { Pair } from "../shape/window.ts";
import { Module } from "./module.ts";

export class MaxPool2d extends Module {
  readonly kernelSize: Pair;
  readonly options: PoolingOptions;

  /** @param kernelSize ≥ 1, by default also the stride */
  constructor(kernelSize: Pair, options: PoolingOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }

  /**
   * @param x float32 [N, C, H, W]: images
   * @returns [N, C, OH, OW], OH = ⌊(H + padding − KH) / stride⌋ + 1
   * @throws ShapeError unless `x` has 4 axes and the window fits
   * @throws OptionError for an option out of range
   */
  override forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernelSize, this.options);
  }
}

export class AvgPool2d extends Module {
  readonly kernelSize: Pair;
  readonly options: AveragePoolingOptions;

  /** @param kernelSize ≥ 1, by default also the stride */
  constructor(kernelSize: Pair, options: AveragePoolingOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }

  /**
   * @param x float32 [N, C, H, W]: images
   * @returns [N, C, OH, OW], OH = ⌊(H + padding − KH) / stride⌋ + 1
   * @throws ShapeError unless `x` has 4 axes and the window fits
   * @throws OptionError for an option out of range
   */
  override forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernelSize, this.options);
  }
}

/** The mean of each whole image: [N, C, H, W] → [N, C, 1, 1]. */
export class GlobalAvgPool2d extends Module {
  override forward(x: Tensor): Tensor {
    return globalAvgPool2d(x);
  }
}

/** The largest element of each whole image: [N, C, H, W] → [N, C, 1, 1]. */
export class GlobalMaxPool2d extends Module {
  override forward(x: Tensor): Tensor {
    return globalMaxPool2d(x);
  }
}
