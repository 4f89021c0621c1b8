// What a training request needs and gives: its data, its model, and the run. Says nothing; who asked reports.
import { type Dataset, mnist } from "tatamijs/data";
import type { Sequential } from "tatamijs/nn";
import { type FitCallbacks, type FitResult, fit } from "tatamijs/train";
import { optimizers, penalized } from "tatamijs-course/nets";
import type { TrainRequest } from "./train-request.ts";
import { UsageError } from "./usage-error.ts";

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

/** @throws DivergenceError when training cannot go on */
export function runTraining(
  { settings, seed, penalties }: TrainRequest,
  { model, data, test }: Material,
  backend: string,
  { callbacks, signal }: Conversation,
): Promise<FitResult> {
  const { iterations, optimizer, lr, batchSize, evaluateEvery } = settings;
  return fit({
    model,
    optimizer: optimizers[optimizer].create(penalized(model.parameters(), penalties), lr),
    data,
    validation: test,
    evaluateTraining: true,
    iterations,
    batchSize,
    replacement: true,
    seed,
    evaluateEvery,
    backend,
    callbacks,
    signal,
  });
}
