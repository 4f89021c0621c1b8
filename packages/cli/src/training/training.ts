// What a training request needs and gives: its data, its model, and the run. Says nothing; who asked reports.

import type { JsonObject } from "tatamijs/checkpoint";
import { type Dataset, mnist } from "tatamijs/data";
import { CrossEntropyLoss, type Sequential } from "tatamijs/nn";
import { WeightAverage } from "tatamijs/optim";
import { type FitCallbacks, type FitOptions, type FitResult, fit } from "tatamijs/train";
import { optimizers, penalized } from "tatamijs-course/nets";
import { UsageError } from "../command/usage-error.ts";
import { adviceFor } from "./resume-advice.ts";
import { schedulerOf } from "./scheduler-choice.ts";
import { notedOptions, type TrainRequest } from "./train-request.ts";

/** Everything a run starts from. */
export interface Material {
  readonly model: Sequential;
  readonly data: Dataset;
  readonly test: Dataset;
}

/**
 * @throws DataError for missing or damaged data
 * @throws UsageError when there are fewer images than asked for
 */
export async function materialFor({
  net,
  hidden,
  choices,
  settings,
  seed,
  directory,
}: TrainRequest): Promise<Material> {
  return {
    model: net.build(hidden, choices).initialize(seed),
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
  const { ema, earlyStopping, labelSmoothing } = features;
  return fit({
    model,
    loss: labelSmoothing === undefined ? undefined : new CrossEntropyLoss({ labelSmoothing }),
    optimizer: optimizers[optimizer].create(penalized(model.parameters(), penalties), lr),
    scheduler: schedulerOf(scheduler, warmup, iterations),
    data,
    validation: test,
    evaluateTraining: true,
    iterations,
    batchSize,
    replacement: true,
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
  const { checkpoint, name } = request;
  if (checkpoint === null) return {};
  const { directory, every, keep, from } = checkpoint;
  const notes = { net: name, options: notedOptions(request, backend) } as unknown as JsonObject;
  return { checkpoint: { directory, every, keep, notes, advice: adviceFor(directory) }, resume: from ?? false };
}
