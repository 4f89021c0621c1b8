// One training step as one Program: gather the batch, forward, loss, gradients, guards, clipping, update. With accumulation
// it is the last of several, the others of which only add up gradients.
import { gradients } from "../autodiff/gradients.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Module } from "../nn/module.ts";
import { add, mul, zeros } from "../ops/index.ts";
import { clipGradNorm, clipGradValue } from "../optim/clip-gradients.ts";
import type { OptimizerSettings } from "../optim/optimizer.ts";
import type { WeightAverage } from "../optim/weight-average.ts";
import { guardFinite, type Variable } from "../tensor/variable.ts";
import { inMode } from "./mode.ts";
import type { LossFunction } from "./objective.ts";
import { batchAt, type ResidentData } from "./resident-data.ts";

/** What a step needs of an optimiser. Those of optim/ have all of it; what is optional, only some runs need. */
export interface UpdateRule {
  readonly parameters: readonly Variable[];
  /** Assigns parameters, given a gradient for each. */
  step(gradients: readonly Tensor[]): void;
  /** for schedules: one a group, settable while a compiled step runs on */
  learningRates?: readonly number[];
  /** for checkpoints: what is remembered between steps, by name */
  slots?(): [string, Variable][];
  /** for checkpoints: what has to be the same in a run that goes on */
  readonly settings?: OptimizerSettings;
}

/** What is done to gradients before they are used. */
export interface Clipping {
  /** every value into [−clipValue, clipValue], > 0 (PyTorch's clip_grad_value_); comes first */
  clipValue?: number | undefined;
  /** all of them together to at most this norm, > 0 (PyTorch's clip_grad_norm_) */
  clipNorm?: number | undefined;
}

export interface StepParts extends Clipping {
  readonly model: Module;
  readonly loss: LossFunction;
  readonly optimizer: UpdateRule;
  readonly data: ResidentData;
  /** moved along at the end of the step */
  readonly average?: WeightAverage | undefined;
}

/** Sums of the gradients of several batches, one for each parameter, 0 before the first. */
export interface Accumulation {
  readonly sums: readonly Variable[];
  /** batches to an update */
  readonly batches: number;
}

/**
 * The step as a function to compile. A loss or gradient that is not finite stops it before anything is updated.
 * @param accumulation its sums are added, the mean is used, and they are 0 again
 * @returns from int32 [B] to [the loss]
 */
export function trainingStep(parts: StepParts, accumulation?: Accumulation): (indices: Tensor) => Tensor[] {
  const { optimizer, clipValue, clipNorm, average } = parts;
  return batchStep(parts, (found) => {
    let directions = found;
    if (accumulation !== undefined) {
      const { sums, batches } = accumulation;
      directions = found.map((direction, index) => mul(add(sums[index], direction), 1 / batches));
      for (const sum of sums) sum.assign(zeros(sum.shape));
    }
    if (clipValue !== undefined) directions = clipGradValue(directions, clipValue);
    if (clipNorm !== undefined) directions = clipGradNorm(directions, clipNorm);
    optimizer.step(directions);
    average?.update();
  });
}

/** A batch that is not the last of its update: its gradients are added to the sums. */
export function accumulatingStep(parts: StepParts, { sums }: Accumulation): (indices: Tensor) => Tensor[] {
  return batchStep(parts, (directions) => {
    directions.forEach((direction, index) => {
      sums[index].assign(add(sums[index], direction));
    });
  });
}

function batchStep(
  { model, loss, optimizer, data }: StepParts,
  use: (directions: Tensor[]) => void,
): (indices: Tensor) => Tensor[] {
  return (indices) =>
    inMode(model, true, () => {
      const { images, labels } = batchAt(data, indices);
      const value = loss(model.call(images), labels);
      const directions = gradients(value, optimizer.parameters);
      guardFinite(value);
      for (const direction of directions) guardFinite(direction);
      use(directions);
      return [value];
    });
}
