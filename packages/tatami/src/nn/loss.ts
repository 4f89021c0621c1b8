// Losses as modules of two inputs, prediction and target. The functions are in ops/loss.ts.
import type { Tensor } from "../graph/tensor.ts";
import {
  type CrossEntropyOptions,
  crossEntropy,
  type LossOptions,
  meanSquaredError,
  type Reduction,
} from "../ops/index.ts";
import { Module } from "./module.ts";

/** What training minimises. */
export type Loss = Module<[prediction: Tensor, target: Tensor]>;

export interface CrossEntropyLossOptions extends Omit<CrossEntropyOptions, "weight"> {
  /** what the loss of a sample is multiplied by, one number a class; default 1 each */
  weight?: readonly number[] | undefined;
}

export class CrossEntropyLoss extends Module<[prediction: Tensor, target: Tensor]> {
  readonly reduction: Reduction;
  readonly labelSmoothing: number;
  /** one a class, or null */
  readonly weight: readonly number[] | null;

  /** −log softmax(prediction) at the target, averaged over the batch; class weights and label smoothing as in PyTorch. */
  constructor(options: CrossEntropyLossOptions = {}) {
    super();
    this.reduction = options.reduction ?? "mean";
    this.labelSmoothing = options.labelSmoothing ?? 0;
    this.weight = options.weight ?? null;
  }

  /**
   * @param prediction float32 [N, K]: scores before softmax
   * @param target int32 [N]: classes, each from 0 to K − 1
   * @returns a scalar, or [N] with reduction "none"
   * @throws ShapeError, DTypeError or OptionError for anything else
   */
  override forward(prediction: Tensor, target: Tensor): Tensor {
    const { reduction, labelSmoothing, weight } = this;
    return crossEntropy(prediction, target, { reduction, labelSmoothing, weight: weight ?? undefined });
  }
}

export class MSELoss extends Module<[prediction: Tensor, target: Tensor]> {
  readonly reduction: Reduction;

  /** (prediction − target)², averaged over all elements. */
  constructor(options: LossOptions = {}) {
    super();
    this.reduction = options.reduction ?? "mean";
  }

  /**
   * @param prediction float32, any shape
   * @param target float32, the same shape
   * @returns a scalar, or the inputs' shape with reduction "none"
   * @throws ShapeError when the shapes differ
   */
  override forward(prediction: Tensor, target: Tensor): Tensor {
    return meanSquaredError(prediction, target, { reduction: this.reduction });
  }
}
