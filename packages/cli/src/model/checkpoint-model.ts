// The model in a checkpoint that `tatami train` wrote, as the command built it: a checkpoint need not hold its
// architecture. Whoever exports, evaluates or predicts takes it from here.
import { basename, dirname, resolve } from "node:path";
import { type Checkpoint, readCheckpoint } from "tatamijs/checkpoint";
import { readSafetensors } from "tatamijs/formats";
import { loadWeights } from "tatamijs/model-file";
import type { Sequential } from "tatamijs/nn";
import { UsageError } from "../command/usage-error.ts";
import { askedOf } from "../training/resumption.ts";
import { modelRequest } from "../training/train-request.ts";

/** The folder of a run and, where `path` is that of one of its checkpoints, which one stands for itself. */
export function placeOfCheckpoint(path: string): { readonly directory: string; readonly step: number | undefined } {
  const whole = resolve(path);
  const [, digits] = /^step-(\d+)$/.exec(basename(whole)) ?? [];
  return digits === undefined
    ? { directory: path, step: undefined }
    : { directory: dirname(whole), step: Number(digits) };
}

/**
 * @param path a folder of checkpoints, or that of one of them
 * @param step of the checkpoint; the newest where it is left out
 * @param advice what to do where it is damaged and that of a step is good
 * @throws DataError where there is none, or it is damaged
 */
export function checkpointAt(
  path: string,
  step: number | undefined,
  advice: (step: number) => string,
): Promise<Checkpoint> {
  const place = placeOfCheckpoint(path);
  return readCheckpoint(place.directory, { step: place.step ?? step, advice });
}

export interface CheckpointModel {
  /** to be evaluated */
  readonly model: Sequential;
  /** of the command */
  readonly net: string;
  /** whether its weights are the moving averages of a run with --ema, by which the run was evaluated */
  readonly averaged: boolean;
}

/**
 * @throws UsageError where `tatami train` did not write it
 * @throws DataError where its weights do not fit the net
 */
export async function checkpointModel(checkpoint: Checkpoint): Promise<CheckpointModel> {
  const { net, options } = askedOf(checkpoint);
  const { net: found, hidden, choices } = modelRequest(net, options);
  const model = found.build(hidden, choices).initialize(0).eval();
  await loadWeights(model, fileOf(checkpoint, "model.safetensors"), { source: `${checkpoint.path}/model.safetensors` });
  const source = `${checkpoint.path}/slots.safetensors`;
  const { tensors } = await readSafetensors(fileOf(checkpoint, "slots.safetensors"), { source });
  const averaged = (tensors["average.count"]?.values[0] ?? 0) > 0;
  if (averaged) {
    for (const [index, parameter] of model.parameters().entries()) {
      const average = tensors[`average.${index}`];
      if (average === undefined) throw foreign(source, `no average.${index}`);
      parameter.set(average.values);
    }
  }
  return { model, net, averaged };
}

function fileOf({ files, path }: Checkpoint, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined) throw foreign(path, `no ${name}`);
  return bytes;
}

function foreign(path: string, got: string): UsageError {
  return new UsageError(`${path} was not written by tatami train, got ${got}, expected one`);
}
