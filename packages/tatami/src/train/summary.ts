// What a model is made of and what training it takes: per layer, and for a whole compiled step. Nothing is run.

import { multiplyAdds } from "../compile/multiply-adds.ts";
import { Storage } from "../graph/storage.ts";
import type { Tensor } from "../graph/tensor.ts";
import { expectCount } from "../nn/expectations.ts";
import type { Loss } from "../nn/loss.ts";
import type { AnyModule, Module } from "../nn/module.ts";
import { crossEntropy, stored } from "../ops/index.ts";
import { type Shape, sizeOf } from "../shape/shape.ts";
import { traceFunction } from "../tensor/compiled.ts";
import { inMode } from "./mode.ts";
import { type LossFunction, lossFunction } from "./objective.ts";
import { trainingStep, type UpdateRule } from "./step.ts";

export interface SummaryOptions {
  /** initialised; takes images [B, C, H, W] */
  model: Module;
  /** the mean over a batch; default crossEntropy */
  loss?: Loss | LossFunction | undefined;
  optimizer: UpdateRule;
  /** [C, H, W] of one image */
  imageShape: readonly [number, number, number];
  /** samples a step, ≥ 1; default 32 */
  batchSize?: number | undefined;
}

export interface LayerSummary {
  /** such as "0" */
  readonly path: string;
  /** such as "Conv2d" */
  readonly kind: string;
  /** of one sample */
  readonly outputShape: Shape;
  /** numbers in its parameters */
  readonly parameters: number;
  /** of one sample, forward */
  readonly multiplyAdds: number;
}

export interface StepSummary {
  readonly batchSize: number;
  /** forward and backward, for the whole batch */
  readonly multiplyAdds: number;
  /** kernel calls */
  readonly calls: number;
  /** activations and gradients, sharing memory by liveness */
  readonly arenaBytes: number;
  /** parameters, optimiser slots, running statistics and keys */
  readonly stateBytes: number;
  /** the images and labels of one batch */
  readonly batchBytes: number;
}

export interface Summary {
  /** in the order of the forward pass */
  readonly layers: readonly LayerSummary[];
  readonly parameters: number;
  /** of one sample, forward */
  readonly multiplyAdds: number;
  readonly step: StepSummary;
}

/**
 * Layers, parameters, work and memory of training a model.
 * @throws ShapeError when the model does not take the images
 * @throws OptionError for a batchSize below 1
 */
export function summarize(options: SummaryOptions): Summary {
  const { model, loss = crossEntropy, optimizer, imageShape, batchSize = 32 } = options;
  expectCount("summarize", "batchSize", batchSize);
  const layers = inMode(model, false, () => layersOf(model, imageShape));
  const images = new Storage([batchSize, ...imageShape], "float32");
  const labels = new Storage([batchSize], "int32");
  const body = trainingStep({ model, loss: lossFunction(loss), optimizer, data: { images, labels } });
  const { compiled, inputs } = traceFunction((indices) => body(indices), [{ shape: [batchSize], dtype: "int32" }]);
  const { program, storages } = compiled;
  const batch = new Set<Storage>([images, labels, ...inputs]);
  const bytesWhere = (inBatch: boolean): number =>
    program.externalBytes.reduce(
      (total, bytes, index) => total + (batch.has(storages[index]) === inBatch ? bytes : 0),
      0,
    );
  return {
    layers,
    parameters: parametersIn(model),
    multiplyAdds: layers.reduce((total, layer) => total + layer.multiplyAdds, 0),
    step: {
      batchSize,
      multiplyAdds: multiplyAdds(program),
      calls: program.segments.reduce((total, segment) => total + segment.calls.length, 0),
      arenaBytes: program.arenaBytes,
      stateBytes: bytesWhere(false),
      batchBytes: bytesWhere(true),
    },
  };
}

function layersOf(model: Module, imageShape: Shape): LayerSummary[] {
  const layers: LayerSummary[] = [];
  const modules = model.namedModules();
  const unsubscribe = modules.map(([path, module]) =>
    module.onForward((_module, inputs, output) => {
      const children = module.children();
      const own = parametersIn(module) - children.reduce((total, child) => total + parametersIn(child), 0);
      if (children.length > 0 && own === 0) return;
      layers.push({
        path,
        kind: module.constructor.name,
        outputShape: output.shape.slice(1),
        parameters: own,
        multiplyAdds: children.length > 0 ? 0 : forwardMultiplyAdds(module, inputs),
      });
    }),
  );
  try {
    model.call(stored(new Storage([1, ...imageShape], "float32")));
    return layers;
  } finally {
    for (const stop of unsubscribe) stop();
  }
}

function forwardMultiplyAdds(module: AnyModule, inputs: readonly Tensor[]): number {
  const { compiled } = traceFunction((...values) => [module.forward(...values)], inputs);
  return multiplyAdds(compiled.program);
}

function parametersIn(module: AnyModule): number {
  return module.parameters().reduce((total, { shape }) => total + sizeOf(shape), 0);
}
