// Everything a run needs to go on exactly: gathered into a checkpoint, and put back out of one.

import type { NewCheckpoint } from "../checkpoint/folder.ts";
import type { JsonObject } from "../checkpoint/json.ts";
import type { Checkpoint } from "../checkpoint/read.ts";
import type { Sampler } from "../data/sampler.ts";
import type { ArrayData } from "../formats/array-data.ts";
import { readSafetensors } from "../formats/read-safetensors.ts";
import { writeSafetensors } from "../formats/write-safetensors.ts";
import { type Preprocessing, writeModel } from "../model-file/model-file.ts";
import { weightNames } from "../model-file/weight-names.ts";
import { frameworkMetadata, loadWeights, weightsOf } from "../model-file/weights.ts";
import type { Module } from "../nn/module.ts";
import type { LRScheduler } from "../optim/scheduler.ts";
import type { WeightAverage } from "../optim/weight-average.ts";
import { DataError, OptionError } from "../shape/errors.ts";
import { formatShape, sameShape } from "../shape/shape.ts";
import type { Variable } from "../tensor/variable.ts";
import type { EarlyStopping } from "./early-stopping.ts";
import type { HistoryEntry } from "./fit-options.ts";
import { toJson } from "./run-settings.ts";
import { savedState } from "./saved-state.ts";
import type { UpdateRule } from "./step.ts";

/** The weights, as a model file that `load` and PyTorch open. */
export const modelFile = "model.safetensors";
/** Slots, averages and random keys. */
const slotFile = "slots.safetensors";

/** How far a run is. */
export interface Progress {
  /** updates made */
  iteration: number;
  /** of the last update; NaN before the first */
  loss: number;
  readonly history: HistoryEntry[];
}

export interface RunParts {
  readonly model: Module;
  readonly optimizer: UpdateRule;
  readonly sampler: Sampler;
  readonly scheduler: LRScheduler | null;
  readonly average: WeightAverage | null;
  readonly earlyStopping: EarlyStopping | null;
  /** what the caller wants to find again */
  readonly notes: JsonObject;
  readonly preprocessing: Preprocessing;
  readonly progress: Progress;
  /** the optimiser's own learning rates, which a scheduler starts from */
  bases: readonly number[];
}

/** @param score larger is better; null where nothing was evaluated */
export async function snapshot(parts: RunParts, settings: JsonObject, score: number | null): Promise<NewCheckpoint> {
  const { model, optimizer, sampler, scheduler, earlyStopping, notes, preprocessing, progress, bases } = parts;
  const { iteration, loss, history } = progress;
  const files = {
    [modelFile]: await modelBytes(model, preprocessing),
    [slotFile]: writeSafetensors(valuesOf(slotsOf(parts))),
  };
  const state = {
    settings,
    notes,
    batches: sampler.position,
    learningRates: toJson(optimizer.learningRates ?? []),
    bases: toJson(bases),
    loss: toJson(loss),
    scheduler: toJson(scheduler?.state ?? null),
    earlyStopping: toJson(earlyStopping?.state ?? null),
    history: toJson(history),
  };
  return { step: iteration, score, files, state };
}

/**
 * Makes model, optimiser and the rest what they were.
 * @throws DataError where the checkpoint does not hold what the run needs
 */
export async function restore(parts: RunParts, checkpoint: Checkpoint): Promise<void> {
  const { model, optimizer, sampler, scheduler, earlyStopping, progress } = parts;
  const { step, files, state, path } = checkpoint;
  const file = (name: string): Uint8Array => {
    const bytes = files.get(name);
    if (bytes === undefined) throw unfit(path, `no ${name}`, "one");
    return bytes;
  };
  const { tensors } = await readSafetensors(file(slotFile), { source: `${path}/${slotFile}` });
  const slots = slotsOf(parts);
  checkSlots(slots, tensors, path);
  const saved = savedState(state, path);
  await loadWeights(model, file(modelFile), { source: `${path}/${modelFile}` });
  for (const [name, variable] of slots) variable.set(tensors[name].values);
  try {
    sampler.restore(saved.batches);
    if (optimizer.learningRates !== undefined) optimizer.learningRates = saved.learningRates;
    if (scheduler !== null) scheduler.state = saved.scheduler;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw unfit(path, `"${error.message}"`, "what these take");
  }
  if (earlyStopping !== null && saved.earlyStopping !== null) earlyStopping.state = saved.earlyStopping;
  parts.bases = saved.bases;
  progress.iteration = step;
  progress.loss = saved.loss;
  progress.history.splice(0, progress.history.length, ...saved.history);
}

/** All that is no weight of the model, by its name in the file. */
function slotsOf({ model, optimizer, average }: RunParts): [string, Variable][] {
  const keys = [...weightNames(model).keys];
  return [
    ...keys.map(([name, key]): [string, Variable] => [`key.${name}`, key]),
    ...(optimizer.slots?.() ?? []).map(([name, slot]): [string, Variable] => [`optimizer.${name}`, slot]),
    ...(average?.slots() ?? []).map(([name, slot]): [string, Variable] => [`average.${name}`, slot]),
  ];
}

function valuesOf(variables: readonly (readonly [string, Variable])[]): Record<string, ArrayData> {
  return Object.fromEntries(
    variables.map(([name, variable]) => [
      name,
      { shape: variable.shape, dtype: variable.dtype, values: variable.values() },
    ]),
  );
}

function checkSlots(
  slots: readonly (readonly [string, Variable])[],
  tensors: Readonly<Record<string, ArrayData>>,
  path: string,
): void {
  const faults = slots.flatMap(([name, { shape, dtype }]) => {
    if (!Object.hasOwn(tensors, name)) return [`no ${name}`];
    const found = tensors[name];
    if (found.dtype === dtype && sameShape(found.shape, shape)) return [];
    return [`${name} ${found.dtype} ${formatShape(found.shape)} where ${dtype} ${formatShape(shape)} is expected`];
  });
  if (faults.length > 0) throw unfit(path, faults.slice(0, 5).join(", "), `the run's ${slots.length} slots`);
}

/** A model file where layers can be described, else its weights alone. */
async function modelBytes(model: Module, preprocessing: Preprocessing): Promise<Uint8Array> {
  try {
    return await writeModel(model, preprocessing);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    return writeSafetensors(await weightsOf(model), { metadata: frameworkMetadata });
  }
}

function unfit(path: string, got: string, expected: string): DataError {
  return new DataError(`fit: ${path} does not fit the run, got ${got}, expected ${expected}`, path);
}
