// A look inside a network at one batch: what its activations are, and what gradient reaches each weight.

import { gradients } from "tatamijs/autodiff";
import { type Dataset, take } from "tatamijs/data";
import type { Module } from "tatamijs/nn";
import { crossEntropy, tensor } from "tatamijs/ops";
import { compile, type Tensor } from "tatamijs/tensor";
import { isActivation } from "../nets/mlp.ts";

export interface Probe {
  /** of each activation, in the order of the forward pass */
  readonly activations: readonly { readonly path: string; readonly values: Float32Array }[];
  /** of each weight (biases left out), in the order of the forward pass */
  readonly weights: readonly { readonly path: string; readonly gradient: Float32Array }[];
}

/**
 * Runs the model in training mode and changes nothing in it.
 * @param images the first so many of `data`
 */
export async function probe(model: Module, data: Dataset, images: number): Promise<Probe> {
  const { images: pixels, labels, imageShape } = take(data, images);
  const paths: string[] = [];
  const named = model.namedParameters().filter(([name]) => name.endsWith("weight"));
  const weights = named.filter(([, parameter]) => parameter.rank > 1);
  const look = compile((x, y) => {
    const seen: Tensor[] = [];
    const stops = model
      .namedModules()
      .filter(([, module]) => isActivation(module))
      .map(([path, module]) =>
        module.onForward((_module, _inputs, output) => {
          paths.push(path);
          seen.push(output);
        }),
      );
    const loss = crossEntropy(model.train().call(x), y);
    for (const [, buffer] of model.namedBuffers()) buffer.reset();
    for (const stop of stops) stop();
    return [
      ...seen,
      ...gradients(
        loss,
        weights.map(([, parameter]) => parameter),
      ),
    ];
  });
  const outputs = await look.call(tensor(pixels, [images, ...imageShape]), tensor(labels));
  const values = await Promise.all(outputs.map((output) => output.data() as Promise<Float32Array>));
  look[Symbol.dispose]();
  return {
    activations: paths.map((path, index) => ({ path, values: values[index] })),
    weights: weights.map(([path], index) => ({ path, gradient: values[paths.length + index] })),
  };
}

/** The root of the mean square. */
export function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((total, value) => total + value * value, 0) / values.length);
}

export function norm(values: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < values.length; index++) total += values[index] ** 2;
  return Math.sqrt(total);
}
