// The course's networks in layers of tatamijs alone, for programs that know no others. They compute the same in evaluation;
// for training they are not.
import { BatchNorm1d, Identity, Linear, type Module, Sequential } from "tatamijs/nn";
import { BookBatchNorm, BookDropout } from "./book-layers.ts";

/**
 * A network that computes in evaluation what `model` does, its weights under the same names: BookBatchNorm as BatchNorm1d,
 * BookDropout in the weights of the Linear behind it, or before it where none is behind. Layers that need no change are those
 * of `model`, others copies; book layers in other places stay.
 * @param model a Sequential in which BookBatchNorm stands between values [N, features] only
 */
export function inPlainLayers(model: Sequential): Sequential {
  const layers: Module[] = [];
  const { modules } = model;
  /** by the Linear behind the layer, else by the one before it */
  const isFolded = (index: number): boolean =>
    modules[index + 1] instanceof Linear || modules[index - 1] instanceof Linear;
  for (const [index, layer] of modules.entries()) {
    const before = modules[index - 1];
    const behind = modules[index + 1];
    if (layer instanceof BookBatchNorm) layers.push(plainBatchNorm(layer));
    else if (layer instanceof BookDropout && isFolded(index)) layers.push(new Identity());
    else if (layer instanceof Linear) {
      const comes = before instanceof BookDropout ? 1 - before.p : 1;
      const goes = behind instanceof BookDropout && !(modules[index + 2] instanceof Linear) ? 1 - behind.p : 1;
      layers.push(comes === 1 && goes === 1 ? layer : scaled(layer, comes, goes));
    } else layers.push(layer);
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

/** Of an input that is scaled before, and with an output that is scaled behind. */
function scaled(layer: Linear, comes: number, goes: number): Linear {
  const { inFeatures, outFeatures, weight, bias } = layer;
  const copy = new Linear(inFeatures, outFeatures, { bias: bias !== null });
  copy.weight.set(Float32Array.from(weight.values(), (value) => value * comes * goes));
  if (bias !== null) copy.bias!.set(Float32Array.from(bias.values(), (value) => value * goes));
  return copy;
}
