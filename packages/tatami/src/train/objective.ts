// What is minimised and what is reported: losses and metrics as functions of a model's output and the labels.
import type { Tensor } from "../graph/tensor.ts";
import type { Loss } from "../nn/loss.ts";
import { argMax, equal, toFloat } from "../ops/index.ts";

/**
 * The mean over a batch, a scalar.
 * @param output what the model gave, [B, …]
 * @param labels int32 [B]
 */
export type LossFunction = (output: Tensor, labels: Tensor) => Tensor;

/** One value per sample, float32 [B], from what a loss takes; its mean over a data set is reported. */
export type Metric = (output: Tensor, labels: Tensor) => Tensor;

export type Metrics = Readonly<Record<string, Metric>>;

/**
 * 1 for each sample whose largest score stands at its label, else 0.
 * @param output [B, K]: scores
 * @param labels int32 [B]
 */
export function accuracy(output: Tensor, labels: Tensor): Tensor {
  return equal(toFloat(argMax(output, 1)), toFloat(labels));
}

/** A loss module as the function it is. */
export function lossFunction(loss: Loss | LossFunction): LossFunction {
  return typeof loss === "function" ? loss : (output, labels) => loss.call(output, labels);
}
