// One training step as one Program: gather the batch, forward, loss, gradients, guards, update.
import { gradients } from "../autodiff/gradients.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Module } from "../nn/module.ts";
import { guardFinite, type Variable } from "../tensor/variable.ts";
import { inMode } from "./mode.ts";
import type { LossFunction } from "./objective.ts";
import { batchAt, type ResidentData } from "./resident-data.ts";

/** What a step needs of an optimiser. */
export interface UpdateRule {
  readonly parameters: readonly Variable[];
  /** Assigns parameters, given a gradient for each. */
  step(gradients: readonly Tensor[]): void;
}

export interface StepParts {
  readonly model: Module;
  readonly loss: LossFunction;
  readonly optimizer: UpdateRule;
  readonly data: ResidentData;
}

/**
 * The step as a function to compile. A loss or gradient that is not finite stops it before anything is updated.
 * @returns from int32 [B] to [the loss]
 */
export function trainingStep({ model, loss, optimizer, data }: StepParts): (indices: Tensor) => Tensor[] {
  return (indices) =>
    inMode(model, true, () => {
      const { images, labels } = batchAt(data, indices);
      const value = loss(model.call(images), labels);
      const directions = gradients(value, optimizer.parameters);
      guardFinite(value);
      for (const direction of directions) guardFinite(direction);
      optimizer.step(directions);
      return [value];
    });
}
