// Where the time of a training step goes, call by call.
import { type Sampler, sequential } from "../data/sampler.ts";
import { expectCount } from "../nn/expectations.ts";
import type { Loss } from "../nn/loss.ts";
import type { Module } from "../nn/module.ts";
import { crossEntropy } from "../ops/index.ts";
import { backend as loadBackend } from "../tensor/device.ts";
import { type CallProfile, profileFunction } from "../tensor/profile.ts";
import { BatchProgram } from "../train/batch-program.ts";
import { type Data, openFeed, placeFor } from "../train/feed.ts";
import { type LossFunction, lossFunction } from "../train/objective.ts";
import { type Clipping, type StepParts, trainingStep, type UpdateRule } from "../train/step.ts";
import { StepClock } from "../train/step-times.ts";

export interface ProfileOptions extends Clipping {
  /** initialised; takes images [B, C, H, W]. It is trained on a few steps */
  model: Module;
  /** the mean over a batch; default crossEntropy */
  loss?: Loss | LossFunction | undefined;
  optimizer: UpdateRule;
  data: Data;
  /** samples a step, ≥ 1; default 32 */
  batchSize?: number | undefined;
  /** measured steps, ≥ 1; default 5 */
  steps?: number | undefined;
  /** where to compute; default: the current backend */
  backend?: string | undefined;
}

export interface StepProfile {
  readonly backend: string;
  readonly batchSize: number;
  /** of the step as `fit` runs it, with all threads: the median */
  readonly stepMilliseconds: number;
  /** of all calls, one after the other */
  readonly callMilliseconds: number;
  /** FLOP a second that one core multiplies and adds in registers; null where the backend does not measure it */
  readonly peak: number | null;
  /** the longest first */
  readonly calls: readonly CallProfile[];
}

/**
 * Measures each kernel call of the training step that `fit` would compile.
 * @throws OptionError for numbers out of range
 * @throws ShapeError when model, data and loss do not fit each other
 */
export async function profile(options: ProfileOptions): Promise<StepProfile> {
  const { model, loss = crossEntropy, optimizer, data, clipNorm, clipValue, batchSize = 32, steps = 5 } = options;
  expectCount("profile", "batchSize", batchSize);
  expectCount("profile", "steps", steps);
  const backend = await loadBackend(options.backend);
  const size = Math.min(batchSize, data.labels.length);
  const place = placeFor(data, size);
  const indices = new Int32Array(size);
  // a stream's first batch lies in the place from now on
  const feed = openFeed(data, place, (): Sampler => sequential(data.labels.length, { batchSize: size }));
  try {
    await feed.next(indices);
  } finally {
    feed.close();
  }
  const parts: StepParts = {
    model,
    loss: lossFunction(loss),
    optimizer,
    data: place,
    clipNorm,
    clipValue,
  };
  const body = trainingStep(parts);
  const stepMilliseconds = await wholeStep(size, backend.name, body, steps);
  const calls = await profileFunction({
    body: (places) => body(places),
    inputs: [{ type: { shape: [size], dtype: "int32" }, values: indices }],
    runs: steps + 1,
    backend: backend.name,
  });
  return {
    backend: backend.name,
    batchSize: size,
    stepMilliseconds,
    callMilliseconds: calls.reduce((total, { milliseconds }) => total + milliseconds, 0),
    peak: backend.peak?.() ?? null,
    calls: [...calls].sort((a, b) => b.milliseconds - a.milliseconds),
  };
}

async function wholeStep(
  size: number,
  backend: string,
  body: ReturnType<typeof trainingStep>,
  steps: number,
): Promise<number> {
  const program = await BatchProgram.create([size], backend, body);
  const clock = new StepClock();
  try {
    program.indices.set(program.indices.map((_, index) => index));
    // the first one warms up
    for (let step = 0; step <= steps; step++) {
      const began = performance.now();
      await program.run(size);
      if (step > 0) clock.add(performance.now() - began);
    }
  } finally {
    program.dispose();
  }
  return clock.times().median;
}
