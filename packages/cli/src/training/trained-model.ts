// A model to be exported, out of a file or out of the run that trained it. Nothing is trained here.
import { basename, resolve } from "node:path";
import type { Checkpoint } from "tatamijs/checkpoint";
import { type ArrayMap, readSafetensors } from "tatamijs/formats";
import { load, type Preprocessing, weightsOf } from "tatamijs/model-file";
import type { Module } from "tatamijs/nn";
import { existing } from "../command/existing-path.ts";
import { UsageError } from "../command/usage-error.ts";
import { checkpointAt, checkpointModel } from "../model/checkpoint-model.ts";

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
    const checkpoint = await checkpointAt(path, step, (good) => `--step ${good}`);
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

async function fromCheckpoint(checkpoint: Checkpoint, name: string): Promise<TrainedModel> {
  const { model, net, preprocessing, averaged } = await checkpointModel(checkpoint);
  const metadata = { net, step: String(checkpoint.step) };
  const weights = await weightsOf(model);
  return { name, model, weights, metadata, step: checkpoint.step, averaged, ...preprocessing };
}
