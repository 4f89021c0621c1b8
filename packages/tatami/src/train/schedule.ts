// How long a run is and in what order it sees the data, from the options a user gives.
import type { ImageStream } from "../data/image-stream.ts";
import { type Sampler, sequential, shuffled, withReplacement } from "../data/sampler.ts";
import { expectCount } from "../nn/expectations.ts";
import { OptionError } from "../shape/errors.ts";
import { batchSizesOf } from "./batch-program.ts";

export interface ScheduleOptions {
  /** times through the data; give this or iterations */
  epochs?: number | undefined;
  /** steps; give this or epochs */
  iterations?: number | undefined;
  /** samples a step, ≥ 1; default 32 */
  batchSize?: number | undefined;
  /** draw every sample from all of them, so that a batch may hold one twice, as the course does; default false */
  replacement?: boolean | undefined;
  /** without replacement: a new order every epoch; default true */
  shuffle?: boolean | undefined;
  /** integer in [0, 2³²): decides order and draws; default 0 */
  seed?: number | undefined;
  /** batches to an update, whose gradients are averaged, ≥ 1; an iteration is an update; default 1 */
  accumulate?: number | undefined;
  /** draw the first batch over and over: what a model that works can learn by heart; default false */
  overfitBatch?: boolean | undefined;
  /** iterations between evaluations, ≥ 1; default an epoch. The last iteration is always followed by one */
  evaluateEvery?: number | undefined;
}

export interface Schedule {
  readonly iterations: number;
  readonly evaluateEvery: number;
  readonly sampler: Sampler;
  /** makes the same sampler anew, at its start */
  readonly createSampler: () => Sampler;
  /** batches to an update */
  readonly accumulate: number;
  /** every size a batch can have, the full one first */
  readonly batchSizes: [number, ...number[]];
}

/**
 * @param data whose labels are as many as there are samples, ≥ 1
 * @throws OptionError for numbers out of range, both or neither of epochs and iterations
 */
export function scheduleOf(data: Pick<ImageStream, "labels" | "order">, options: ScheduleOptions): Schedule {
  const { epochs, iterations, batchSize = 32, replacement = false, shuffle = true, seed = 0 } = options;
  const { accumulate = 1, overfitBatch = false } = options;
  const count = data.labels.length;
  if ((epochs === undefined) === (iterations === undefined)) {
    const got = epochs === undefined ? "neither" : "both";
    throw new OptionError(
      `fit: length of the run is unclear, got ${got}, expected epochs or iterations`,
      "epochs",
      epochs,
    );
  }
  expectCount("fit", "batchSize", batchSize);
  expectCount("fit", "accumulate", accumulate);
  expectCount("fit", iterations === undefined ? "epochs" : "iterations", iterations ?? epochs!);
  const createSampler = (): Sampler => {
    const usual = samplerOf(data, batchSize, seed, replacement, shuffle);
    return overfitBatch ? firstBatch(usual) : usual;
  };
  const sampler = createSampler();
  const length = iterations ?? Math.ceil((epochs! * sampler.batchesPerEpoch) / accumulate);
  const { evaluateEvery = Math.ceil(sampler.batchesPerEpoch / accumulate) } = options;
  expectCount("fit", "evaluateEvery", evaluateEvery);
  const batchSizes: [number, ...number[]] = replacement ? [batchSize] : batchSizesOf(count, batchSize);
  return { iterations: length, evaluateEvery, sampler, createSampler, accumulate, batchSizes };
}

/** Deals out the first batch of another sampler again and again. */
function firstBatch(sampler: Sampler): Sampler {
  let position = 0;
  return {
    batchSize: sampler.batchSize,
    batchesPerEpoch: sampler.batchesPerEpoch,
    get position() {
      return position;
    },
    next: (indices) => {
      sampler.restore(0);
      position++;
      return sampler.next(indices);
    },
    restore: (batches) => {
      position = batches;
    },
  };
}

function samplerOf(
  { labels, order }: Pick<ImageStream, "labels" | "order">,
  batchSize: number,
  seed: number,
  replacement: boolean,
  shuffle: boolean,
): Sampler {
  const count = labels.length;
  if (replacement) return withReplacement(count, { batchSize, seed });
  // a batch larger than the data is the whole of it
  const size = Math.min(batchSize, count);
  return shuffle ? shuffled(count, { batchSize: size, seed, order }) : sequential(count, { batchSize: size });
}
