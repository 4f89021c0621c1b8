// Training a model: checks what is asked for, compiles what it takes, goes on from a checkpoint where there is one to go on
// from, and runs. The loop is run.ts.
import { take } from "../data/dataset.ts";
import { crossEntropy } from "../ops/index.ts";
import { OptionError } from "../shape/errors.ts";
import { backend as loadBackend } from "../tensor/device.ts";
import type { Checkpointing } from "./checkpointing.ts";
import { EarlyStopping } from "./early-stopping.ts";
import { Evaluator } from "./evaluate.ts";
import { type Data, openFeed, placeFor } from "./feed.ts";
import type { FitOptions, FitResult } from "./fit-options.ts";
import { lossFunction } from "./objective.ts";
import { Run } from "./run.ts";
import type { RunParts } from "./run-state.ts";
import { type Schedule, scheduleOf } from "./schedule.ts";
import type { StepParts } from "./step.ts";
import { Stepper } from "./stepper.ts";

/**
 * Trains a model. Equal seeds (of the model's initialize and of this) give equal bits on the same backend; so does a run
 * that was interrupted and resumed.
 * @throws OptionError for numbers out of range, and for settings that differ from those of a run to be resumed
 * @throws ShapeError when model, data and loss do not fit each other
 * @throws DataError for checkpoints that cannot be written or read
 * @throws DivergenceError when the loss or a gradient is no longer finite; the model is as before that step
 */
export async function fit(options: FitOptions): Promise<FitResult> {
  const began = performance.now();
  const asked = options.dryRun ? dry(options) : options;
  const { model, loss = crossEntropy, optimizer, data, callbacks = {}, signal, schedulerPer = "step" } = asked;
  checkOptions(asked);
  const schedule = scheduleOf(data, asked);
  const { iterations, evaluateEvery, accumulate } = schedule;
  const { name: backend, threads } = await loadBackend(asked.backend);
  const parts = partsOf(asked, schedule);
  const checkpointing = await checkpointingOf(asked, schedule, parts, backend);
  const disposables: { dispose(): void }[] = [];
  const kept = <T extends { dispose(): void }>(made: T): T => {
    disposables.push(made);
    return made;
  };
  try {
    const { clipNorm, clipValue, average } = asked;
    const stepParts: StepParts = {
      model,
      loss: lossFunction(loss),
      optimizer,
      data: placeFor(data, schedule.batchSizes[0]),
      clipNorm,
      clipValue,
      average,
    };
    const feed = openFeed(data, stepParts.data, schedule.createSampler, schedule.sampler);
    const stepper = kept(await Stepper.create(stepParts, { ...schedule, feed, backend }));
    const { metrics, validation, evaluateTraining = false } = asked;
    const evaluator = async (dataset: Data): Promise<Evaluator> =>
      kept(await Evaluator.create(model, dataset, { loss, metrics, backend }, average));
    const machinery = {
      stepParts,
      stepper,
      training: evaluateTraining ? await evaluator(data) : null,
      validation: validation === undefined ? null : await evaluator(validation),
      checkpointing,
    };
    const run = new Run(parts, machinery, {
      iterations,
      evaluateEvery,
      accumulate,
      schedulerPer,
      callbacks,
      signal,
      backend,
    });
    await run.finish();
    const { iteration, history, loss: finalLoss } = parts.progress;
    return {
      backend,
      threads,
      iterations: iteration,
      aborted: run.stopped === "signal",
      stopped: run.stopped,
      history,
      finalLoss,
      seconds: (performance.now() - began) / 1000,
      stepMilliseconds: run.clock.times(),
    };
  } finally {
    for (const made of disposables) made.dispose();
    await checkpointing?.close();
  }
}

/** One step, and an evaluation of as many samples. */
function dry({ epochs: _epochs, checkpoint: _checkpoint, resume: _resume, ...rest }: FitOptions): FitOptions {
  const { batchSize = 32, validation, data } = rest;
  const few = (dataset: Data): Data => take(dataset, Math.min(batchSize, dataset.labels.length));
  return { ...rest, iterations: 1, data: few(data), validation: validation && few(validation) };
}

function checkOptions({ optimizer, scheduler, schedulerPer, resume, checkpoint, ...limits }: FitOptions): void {
  if (scheduler !== undefined && optimizer.learningRates === undefined) {
    throw new OptionError(
      "fit: a scheduler needs learning rates to set, got an optimiser without learningRates, expected one with them",
      "scheduler",
      optimizer,
    );
  }
  if (schedulerPer !== undefined && schedulerPer !== "step" && schedulerPer !== "epoch") {
    throw new OptionError(
      `fit: schedulerPer is unknown, got ${JSON.stringify(schedulerPer)}, expected "step" or "epoch"`,
      "schedulerPer",
      schedulerPer,
    );
  }
  if (resume !== undefined && resume !== false && checkpoint === undefined) {
    throw new OptionError(
      "fit: there is nothing to resume from, got resume without checkpoint, expected both",
      "resume",
      resume,
    );
  }
  for (const name of ["clipNorm", "clipValue"] as const) {
    const limit = limits[name];
    if (limit !== undefined && !(limit > 0 && limit < Number.POSITIVE_INFINITY)) {
      throw new OptionError(`fit: ${name} is out of range, got ${limit}, expected more than 0`, name, limit);
    }
  }
}

function partsOf(options: FitOptions, schedule: Schedule): RunParts {
  const { model, optimizer, scheduler = null, average = null, checkpoint } = options;
  const earlyStopping = options.earlyStopping === undefined ? null : new EarlyStopping(options.earlyStopping);
  return {
    model,
    optimizer,
    sampler: schedule.sampler,
    scheduler,
    average,
    earlyStopping,
    notes: checkpoint?.notes ?? {},
    preprocessing: checkpoint?.preprocessing ?? {},
    progress: { iteration: 0, loss: Number.NaN, history: [] },
    bases: [...(optimizer.learningRates ?? [])],
  };
}

async function checkpointingOf(
  options: FitOptions,
  schedule: Schedule,
  parts: RunParts,
  backend: string,
): Promise<Checkpointing | null> {
  const { checkpoint, resume = false } = options;
  if (checkpoint === undefined) return null;
  // Node only: bundles for browsers replace it by checkpointing-browser.ts (package.json, "browser")
  const { Checkpointing } = await import("./checkpointing.ts");
  return Checkpointing.open(checkpoint, resume, parts, { options, schedule, backend });
}
