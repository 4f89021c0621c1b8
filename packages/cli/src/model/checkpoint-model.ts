// The model in a checkpoint that `tatami train` wrote, as the command built it: a checkpoint need not hold its
// architecture. Whoever exports, evaluates or predicts takes it from here.
import { basename, dirname, resolve } from "node:path";
import { type Checkpoint, readCheckpoint } from "tatamijs/checkpoint";
import { readSafetensors } from "tatamijs/formats";
import { loadWeights, type Preprocessing } from "tatamijs/model-file";
import type { Sequential } from "tatamijs/nn";
import { imageShape } from "tatamijs-course/nets";
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

/** What images are made into before a model sees them. */
export interface ImagePreprocessing extends Preprocessing {
  /** [C, H, W] */
  readonly inputShape: readonly [number, number, number];
}

export interface CheckpointModel {
  /** to be evaluated */
  readonly model: Sequential;
  /** of the command */
  readonly net: string;
  /** what its images were made into */
  readonly preprocessing: ImagePreprocessing;
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
  const { preprocessing, classes } = inputOf(checkpoint);
  const model = found.build(hidden, choices, { imageShape: preprocessing.inputShape, classes }).initialize(0).eval();
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
  return { model, net, preprocessing, averaged };
}

/** What the net of a checkpoint is for: that of MNIST where nothing else was noted. */
function inputOf({ state, path }: Checkpoint): {
  readonly preprocessing: ImagePreprocessing;
  readonly classes: number;
} {
  const { notes } = state;
  const noted = (notes as { readonly input?: unknown } | null | undefined)?.input;
  if (noted === undefined) return { preprocessing: { inputShape: imageShape }, classes: 10 };
  const { inputShape, classes, classNames, mean, std } = (noted ?? {}) as ImagePreprocessing & { classes: number };
  const isList = (value: unknown, length: number, kind: "number" | "string"): boolean =>
    Array.isArray(value) && value.length === length && value.every((item) => typeof item === kind);
  const right =
    isList(inputShape, 3, "number") &&
    [classes, ...inputShape].every((size) => Number.isSafeInteger(size) && size > 0) &&
    (classNames === undefined || isList(classNames, classes, "string")) &&
    [mean, std].every((numbers) => numbers === undefined || isList(numbers, inputShape[0], "number"));
  if (!right) throw foreign(path, `an input of ${JSON.stringify(noted)}`);
  const given = Object.entries({ inputShape, classNames, mean, std }).filter(([, value]) => value !== undefined);
  return { preprocessing: Object.fromEntries(given) as unknown as ImagePreprocessing, classes };
}

function fileOf({ files, path }: Checkpoint, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined) throw foreign(path, `no ${name}`);
  return bytes;
}

function foreign(path: string, got: string): UsageError {
  return new UsageError(`${path} was not written by tatami train, got ${got}, expected one`);
}
