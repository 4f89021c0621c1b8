// The course's networks in layers of tatamijs alone, for programs that know no others. They compute the same in evaluation;
// for training they are not.
import { BatchNorm1d, Identity, Linear, type Module, Sequential } from "tatamijs/nn";
import { BookBatchNorm, BookDropout } from "./book-layers.ts";

/**
 * A network that computes in evaluation what `model` does, its weights under the same names: BookBatchNorm as BatchNorm1d,
 * BookDropout in the weights of the Linear behind it. Layers that need no change are those of `model`, others copies; book
 * layers in other places stay.
 * @param model a Sequential in which BookBatchNorm stands between values [N, features] only
 */
export function inPlainLayers(model: Sequential): Sequential {
  const layers: Module[] = [];
  for (const [index, layer] of model.modules.entries()) {
    const before = model.modules[index - 1];
    const behind = model.modules[index + 1];
    if (layer instanceof BookBatchNorm) layers.push(plainBatchNorm(layer));
    else if (layer instanceof BookDropout && behind instanceof Linear) layers.push(new Identity());
    else if (layer instanceof Linear && before instanceof BookDropout) layers.push(scaled(layer, 1 - before.p));
    else layers.push(layer);
  }
  return new Sequential(...layers).eval();
}

function plainBatchNorm({ weight, bias, runningMean, runningVar, eps, momentum }: BookBatchNorm): BatchNorm1d {
  const plain = new BatchNorm1d(weight.shape[0], { eps, momentum });
  plain.weight!.set(weight.values());
  plain.bias!.set(bias.values());
  plain.runningMean!.set(runningMean.values());
  plain.runningVar!.set(runningVar.values());
  return plain;
}

function scaled(layer: Linear, factor: number): Linear {
  const { inFeatures, outFeatures, weight, bias } = layer;
  const copy = new Linear(inFeatures, outFeatures, { bias: bias !== null });
  copy.weight.set(Float32Array.from(weight.values(), (value) => value * factor));
  if (bias !== null) copy.bias!.set(bias.values());
  return copy;
}
