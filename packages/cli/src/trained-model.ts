// A model to be exported, out of a file or out of the run that trained it. Nothing is trained here.
import { basename, dirname, resolve } from "node:path";
import { type Checkpoint, readCheckpoint } from "tatamijs/checkpoint";
import { type ArrayMap, readSafetensors } from "tatamijs/formats";
import { load, loadWeights, type Preprocessing, weightsOf } from "tatamijs/model-file";
import type { Module } from "tatamijs/nn";
import { imageShape } from "tatamijs-course/nets";
import { existing } from "./existing-path.ts";
import { askedOf } from "./resumption.ts";
import { modelRequest } from "./train-request.ts";
import { UsageError } from "./usage-error.ts";

export interface TrainedModel extends Preprocessing {
  /** of the file or folder, without its ending */
  readonly name: string;
  /** null where the file holds weights alone */
  readonly model: Module | null;
  /** by PyTorch's names */
  readonly weights: ArrayMap;
  readonly metadata: Readonly<Record<string, string>>;
  /** of the checkpoint; null for a file */
  readonly step: number | null;
  /** whether the weights are the moving averages of a run with --ema, by which it was evaluated */
  readonly averaged: boolean;
}

/**
 * @param path a safetensors file, a folder that `tatami train --out` made, or that of one of its checkpoints
 * @param step of the checkpoint; the newest where it is left out
 * @throws UsageError where there is nothing, or a step is asked of a file
 * @throws DataError where it is damaged
 */
export async function trainedModel(path: string, step: number | undefined): Promise<TrainedModel> {
  if (existing(path).isDirectory()) {
    const [, own] = /^step-(\d+)$/.exec(basename(resolve(path))) ?? [];
    const folder = own === undefined ? path : dirname(resolve(path));
    const advice = (good: number): string => `--step ${good}`;
    const checkpoint = await readCheckpoint(folder, { step: own === undefined ? step : Number(own), advice });
    return fromCheckpoint(checkpoint, basename(resolve(path)));
  }
  if (step !== undefined) {
    throw new UsageError(`--step is for a folder of checkpoints, got it with ${path}, expected it alone`);
  }
  const name = basename(path).replace(/\.[^.]+$/, "");
  const { tensors, metadata } = await readSafetensors(path);
  if (metadata.tatami === undefined) {
    return { name, model: null, weights: tensors, metadata, step: null, averaged: false };
  }
  const { model, ...rest } = await load(path);
  return { name, model, weights: await weightsOf(model), step: null, averaged: false, ...rest };
}

/** The model as the command built it, because a checkpoint need not hold its architecture. */
async function fromCheckpoint(checkpoint: Checkpoint, name: string): Promise<TrainedModel> {
  const { net, options } = askedOf(checkpoint);
  const { net: found, hidden, choices } = modelRequest(net, options);
  const model = found.build(hidden, choices).initialize(0).eval();
  await loadWeights(model, fileOf(checkpoint, "model.safetensors"), { source: checkpoint.path });
  const { tensors } = await readSafetensors(fileOf(checkpoint, "slots.safetensors"), { source: checkpoint.path });
  const averaged = (tensors["average.count"]?.values[0] ?? 0) > 0;
  if (averaged) {
    for (const [index, parameter] of model.parameters().entries()) {
      parameter.set(tensors[`average.${index}`].values);
    }
  }
  const metadata = { net, step: String(checkpoint.step) };
  const weights = await weightsOf(model);
  return { name, model, weights, metadata, step: checkpoint.step, averaged, inputShape: imageShape };
}

function fileOf({ files, path }: Checkpoint, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined)
    throw new UsageError(`${path} was not written by tatami train, got no ${name}, expected one`);
  return bytes;
}
