// Gradients made smaller before they are used, inside the step: by the length of all of them together, or value by value.
import type { Tensor } from "../graph/tensor.ts";
import { add, clip, div, minimum, mul, sqrt, square, sum } from "../ops/index.ts";
import { expectRange } from "./optimizer.ts";

/**
 * All gradients times min(1, maxNorm / (norm + 10⁻⁶)), where norm is the square root of the sum of all their squares
 * (PyTorch's clip_grad_norm_; Pascanu, Mikolov and Bengio 2013).
 * @param maxNorm > 0
 * @throws OptionError for maxNorm out of range
 */
export function clipGradNorm(gradients: readonly Tensor[], maxNorm: number): Tensor[] {
  expectRange("clipGradNorm", "maxNorm", maxNorm, maxNorm > 0 && maxNorm < Number.POSITIVE_INFINITY, "more than 0");
  const squares = gradients.map((gradient) => sum(square(gradient)));
  const norm = sqrt(squares.reduce((total, part) => add(total, part)));
  const factor = minimum(div(maxNorm, add(norm, 1e-6)), 1);
  return gradients.map((gradient) => mul(gradient, factor));
}

/**
 * Every value of every gradient brought into [−limit, limit] (PyTorch's clip_grad_value_).
 * @param limit > 0
 * @throws OptionError for a limit out of range
 */
export function clipGradValue(gradients: readonly Tensor[], limit: number): Tensor[] {
  expectRange("clipGradValue", "limit", limit, limit > 0 && limit < Number.POSITIVE_INFINITY, "more than 0");
  return gradients.map((gradient) => clip(gradient, -limit, limit));
}
