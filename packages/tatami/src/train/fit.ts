// Training a model: checks what is asked for, compiles what it takes, goes on from a checkpoint where there is one to go on
// from, and runs. The loop is run.ts.
import { type Dataset, take } from "../data/dataset.ts";
import { crossEntropy } from "../ops/index.ts";
import { OptionError } from "../shape/errors.ts";
import { backend as loadBackend } from "../tensor/device.ts";
import { currentPrecision } from "../tensor/precision.ts";
import { Checkpointing } from "./checkpointing.ts";
import { EarlyStopping } from "./early-stopping.ts";
import { Evaluator } from "./evaluate.ts";
import type { FitOptions, FitResult } from "./fit-options.ts";
import { lossFunction } from "./objective.ts";
import { residentData } from "./resident-data.ts";
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
  const schedule = scheduleOf(data.labels.length, asked);
  const { iterations, evaluateEvery, accumulate } = schedule;
  const { name: backend, threads } = await loadBackend(asked.backend);
  const parts = await partsOf(asked, schedule, backend);
  const checkpointing = await checkpointingOf(asked, evaluateEvery, parts);
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
      data: residentData(data),
      clipNorm,
      clipValue,
      average,
    };
    const stepper = kept(await Stepper.create(stepParts, { ...schedule, backend }));
    const { metrics, validation, evaluateTraining = false } = asked;
    const evaluator = async (dataset: Dataset): Promise<Evaluator> =>
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
  const few = (dataset: Dataset): Dataset => take(dataset, Math.min(batchSize, dataset.labels.length));
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

async function partsOf(options: FitOptions, schedule: Schedule, backend: string): Promise<RunParts> {
  const { model, optimizer, scheduler = null, average = null, checkpoint } = options;
  const earlyStopping = options.earlyStopping === undefined ? null : new EarlyStopping(options.earlyStopping);
  return {
    model,
    optimizer,
    sampler: schedule.sampler,
    scheduler,
    average,
    earlyStopping,
    settings: checkpoint === undefined ? {} : await settingsOf(options, schedule, earlyStopping, backend),
    notes: checkpoint?.notes ?? {},
    progress: { iteration: 0, loss: Number.NaN, history: [] },
    bases: [...(optimizer.learningRates ?? [])],
  };
}

/** All that decides about the bits of a run, but not its length: that may grow. */
async function settingsOf(
  options: FitOptions,
  { evaluateEvery, accumulate }: Schedule,
  earlyStopping: EarlyStopping | null,
  backend: string,
): Promise<RunParts["settings"]> {
  const { toJson, modelSettings, lossSettings, dataSettings } = await import("./run-settings.ts");
  const { model, loss = crossEntropy, optimizer, scheduler, schedulerPer = "step", average, metrics } = options;
  const { batchSize = 32, replacement = false, shuffle = true, seed = 0, overfitBatch = false } = options;
  const { clipNorm = null, clipValue = null, evaluateTraining = false, data, validation } = options;
  return {
    model: modelSettings(model),
    loss: lossSettings(loss),
    optimizer: toJson(optimizer.settings),
    learning: toJson(learningNames(options)),
    scheduler: scheduler === undefined ? null : toJson({ ...scheduler.settings(), per: schedulerPer }),
    data: dataSettings(data),
    validation: dataSettings(validation),
    batchSize,
    accumulate,
    order: overfitBatch ? "first batch" : replacement ? "replacement" : shuffle ? "shuffled" : "sequential",
    seed,
    clipNorm,
    clipValue,
    average: average?.decay ?? null,
    earlyStopping: toJson(earlyStopping?.settings ?? null),
    evaluateEvery,
    evaluateTraining,
    metrics: Object.keys(metrics ?? { accuracy: null }),
    backend,
    precision: currentPrecision(),
  };
}

/** Of the parameters that are not frozen. */
function learningNames({ model, optimizer }: FitOptions): string[] {
  const learning = new Set<unknown>(optimizer.parameters);
  return model.namedParameters().flatMap(([name, parameter]) => (learning.has(parameter) ? [name] : []));
}

async function checkpointingOf(
  { checkpoint, resume = false }: FitOptions,
  evaluateEvery: number,
  parts: RunParts,
): Promise<Checkpointing | null> {
  return checkpoint === undefined ? null : Checkpointing.open(checkpoint, resume, evaluateEvery, parts);
}
