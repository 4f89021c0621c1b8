// What a training request needs and gives: its data, its model, and the run. Says nothing; who asked reports.

import type { JsonObject } from "tatamijs/checkpoint";
import { type Dataset, mnist } from "tatamijs/data";
import type { Preprocessing } from "tatamijs/model-file";
import type { Sequential } from "tatamijs/nn";
import { WeightAverage } from "tatamijs/optim";
import { isStream } from "tatamijs/streams";
import { type Data, type FitCallbacks, type FitOptions, type FitResult, fit } from "tatamijs/train";
import { optimizers, penalized } from "tatamijs-course/nets";
import { UsageError } from "../command/usage-error.ts";
import { lossOf } from "./loss-choice.ts";
import type { OwnData } from "./own-data.ts";
import { adviceFor } from "./resume-advice.ts";
import { schedulerOf } from "./scheduler-choice.ts";
import { notedOptions, type OwnInput, type TrainRequest } from "./train-request.ts";

/** Everything a run starts from. */
export interface Material {
  readonly model: Sequential;
  readonly data: Data;
  readonly test: Data;
}

/**
 * @param own the data of the request, where they are not MNIST
 * @throws DataError for missing or damaged data
 * @throws ShapeError for images that are too small for the net
 * @throws UsageError when there are fewer images than asked for
 */
export async function materialFor(
  { net, hidden, choices, settings, seed, directory, input }: TrainRequest,
  own: OwnData | null,
): Promise<Material> {
  const model = net.build(hidden, choices, input ?? {}).initialize(seed);
  if (own !== null) return { model, data: own.train, test: own.test };
  return {
    model,
    data: await firstImages("train", settings.trainSize, directory),
    test: await firstImages("test", settings.testSize, directory),
  };
}

async function firstImages(split: "train" | "test", size: number, directory: string | undefined): Promise<Dataset> {
  const dataset = await mnist({ split, directory, limit: size });
  const count = dataset.labels.length;
  if (count < size) throw new UsageError(`--${split}-size is out of range, got ${size}, expected at most ${count}`);
  return dataset;
}

/** What a run may be told and what it tells. */
export interface Conversation {
  readonly callbacks: FitCallbacks;
  readonly signal: AbortSignal;
}

/**
 * @throws UsageError for a schedule that is not understood
 * @throws DivergenceError when training cannot go on; DataError where a checkpoint cannot be written
 */
export function runTraining(
  request: TrainRequest,
  { model, data, test }: Material,
  backend: string,
  { callbacks, signal }: Conversation,
): Promise<FitResult> {
  const { settings, seed, penalties, features } = request;
  const { iterations, optimizer, lr, batchSize, evaluateEvery } = settings;
  const { scheduler, warmup = 0, clipNorm, clipValue, accumulate, overfitBatch } = features;
  const { ema, earlyStopping } = features;
  return fit({
    model,
    loss: lossOf(features, data),
    optimizer: optimizers[optimizer].create(penalized(model.parameters(), penalties), lr),
    scheduler: schedulerOf(scheduler, warmup, iterations),
    data,
    validation: test,
    // reading a stream once more costs as much as an epoch
    evaluateTraining: !isStream(data),
    iterations,
    batchSize,
    // as the course; of data of one's own an epoch has all
    replacement: request.input === null,
    seed,
    evaluateEvery,
    clipNorm,
    clipValue,
    accumulate,
    overfitBatch,
    average: ema === undefined ? undefined : new WeightAverage(model.parameters(), { decay: ema }),
    earlyStopping: earlyStopping === undefined ? undefined : { patience: earlyStopping },
    ...checkpointsOf(request, backend),
    backend,
    callbacks,
    signal,
  });
}

function checkpointsOf(request: TrainRequest, backend: string): Pick<FitOptions, "checkpoint" | "resume"> {
  const { checkpoint, name, input } = request;
  if (checkpoint === null) return {};
  const { directory, every, keep, from } = checkpoint;
  const asked = { net: name, options: notedOptions(request, backend) };
  const advice = adviceFor(directory);
  if (input === null) {
    return {
      checkpoint: { directory, every, keep, notes: asked as unknown as JsonObject, advice },
      resume: from ?? false,
    };
  }
  const preprocessing = preprocessingOf(input);
  const notes = { ...asked, input: { classes: input.classes, ...preprocessing } } as unknown as JsonObject;
  return { checkpoint: { directory, every, keep, notes, preprocessing, advice }, resume: from ?? false };
}

/** What has to be done to images before the model sees them. */
function preprocessingOf({ imageShape, classNames, normalization }: OwnInput): Preprocessing {
  return { inputShape: imageShape, ...(classNames && { classNames }), ...normalization };
}
