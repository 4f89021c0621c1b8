// The training loop: one call into the backend per step, evaluations in between, and a clean end on request or trouble.
import type { Dataset } from "../data/dataset.ts";
import type { Loss } from "../nn/loss.ts";
import type { Module } from "../nn/module.ts";
import { crossEntropy } from "../ops/index.ts";
import { backend as loadBackend } from "../tensor/device.ts";
import { BatchProgram } from "./batch-program.ts";
import { DivergenceError, findDivergence } from "./divergence.ts";
import { type Evaluation, Evaluator } from "./evaluate.ts";
import { type LossFunction, lossFunction, type Metrics } from "./objective.ts";
import { Pauses } from "./pauses.ts";
import { residentData } from "./resident-data.ts";
import { type ScheduleOptions, scheduleOf } from "./schedule.ts";
import { type StepParts, trainingStep, type UpdateRule } from "./step.ts";
import { StepClock, type StepTimes } from "./step-times.ts";

/** What a run tells while it goes on. The run waits for promises. */
export interface FitCallbacks {
  /** after every step: how many there were, and the loss on its batch before the update */
  onStep?: ((iteration: number, loss: number) => void) | undefined;
  onEvaluate?: ((entry: HistoryEntry) => void | Promise<void>) | undefined;
  /** after every epoch, counted from 1 */
  onEpoch?: ((epoch: number) => void | Promise<void>) | undefined;
}

export interface FitOptions extends ScheduleOptions {
  /** initialised; takes images [B, C, H, W] */
  model: Module;
  /** the mean over a batch; default crossEntropy */
  loss?: Loss | LossFunction | undefined;
  /** over the model's parameters, or those of them that shall learn */
  optimizer: UpdateRule;
  data: Dataset;
  /** evaluated beside the training, never learnt from */
  validation?: Dataset | undefined;
  /** whether evaluations cover the whole of `data` too; default false */
  evaluateTraining?: boolean | undefined;
  /** by the names they are reported under; default { accuracy } */
  metrics?: Metrics | undefined;
  callbacks?: FitCallbacks | undefined;
  /** ends the run at the next iteration; what was learnt so far stays and is reported */
  signal?: AbortSignal | undefined;
  /** where to compute; default: the current backend */
  backend?: string | undefined;
}

export interface HistoryEntry {
  /** steps made, ≥ 1 */
  readonly iteration: number;
  /** of the last step's batch, before its update */
  readonly loss: number;
  /** over the whole training data, with evaluateTraining */
  readonly training: Evaluation | null;
  readonly validation: Evaluation | null;
}

export interface FitResult {
  readonly backend: string;
  readonly threads: number;
  /** steps made: fewer than asked for when the signal ended the run */
  readonly iterations: number;
  readonly aborted: boolean;
  readonly history: readonly HistoryEntry[];
  /** of the last step's batch, before its update; NaN without a step */
  readonly finalLoss: number;
  /** compiling and evaluating included */
  readonly seconds: number;
  readonly stepMilliseconds: StepTimes;
}

/**
 * Trains a model. Equal seeds (of the model's initialize and of this) give equal bits on the same backend.
 * @throws OptionError for numbers out of range
 * @throws ShapeError when model, data and loss do not fit each other
 * @throws DivergenceError when the loss or a gradient is no longer finite; the model is as before that step
 */
export async function fit(options: FitOptions): Promise<FitResult> {
  const began = performance.now();
  const { model, loss = crossEntropy, optimizer, data, callbacks = {}, signal } = options;
  const { iterations, evaluateEvery, sampler, batchSizes } = scheduleOf(data.labels.length, options);
  const { name: backend, threads } = await loadBackend(options.backend);
  const parts: StepParts = { model, loss: lossFunction(loss), optimizer, data: residentData(data) };
  const step = await BatchProgram.create(batchSizes, backend, trainingStep(parts));
  const evaluators = await evaluatorsOf(options, backend);

  const history: HistoryEntry[] = [];
  const clock = new StepClock();
  const pauses = new Pauses();
  let iteration = 0;
  let finalLoss = Number.NaN;
  try {
    while (iteration < iterations && !signal?.aborted) {
      const start = performance.now();
      const length = sampler.next(step.indices);
      const answer = step.run(length);
      // awaiting a number would cost a promise every step
      const guard = typeof answer === "number" ? answer : await answer;
      if (guard >= 0) throw await diverged(guard, iteration + 1, parts, step.indices.slice(0, length), backend);
      finalLoss = step.output(0)[0];
      iteration++;
      clock.add(performance.now() - start);

      callbacks.onStep?.(iteration, finalLoss);
      if (iteration % evaluateEvery === 0 || iteration === iterations) {
        const entry = await evaluated(iteration, finalLoss, evaluators, signal);
        if (entry === null) break;
        history.push(entry);
        await callbacks.onEvaluate?.(entry);
      }
      if (iteration % sampler.batchesPerEpoch === 0) await callbacks.onEpoch?.(iteration / sampler.batchesPerEpoch);
      if (pauses.due) await pauses.take();
    }
  } finally {
    step.dispose();
    evaluators.training?.dispose();
    evaluators.validation?.dispose();
  }
  return {
    backend,
    threads,
    iterations: iteration,
    aborted: history.at(-1)?.iteration !== iterations,
    history,
    finalLoss,
    seconds: (performance.now() - began) / 1000,
    stepMilliseconds: clock.times(),
  };
}

interface Evaluators {
  readonly training: Evaluator | null;
  readonly validation: Evaluator | null;
}

async function evaluatorsOf(options: FitOptions, backend: string): Promise<Evaluators> {
  const { model, loss, data, validation, evaluateTraining = false, metrics } = options;
  const evaluator = (dataset: Dataset): Promise<Evaluator> =>
    Evaluator.create(model, dataset, { loss, metrics, backend });
  return {
    training: evaluateTraining ? await evaluator(data) : null,
    validation: validation === undefined ? null : await evaluator(validation),
  };
}

/** @returns null when `signal` ended it early */
async function evaluated(
  iteration: number,
  loss: number,
  evaluators: Evaluators,
  signal: AbortSignal | undefined,
): Promise<HistoryEntry | null> {
  const training = (await evaluators.training?.run(signal)) ?? null;
  const validation = (await evaluators.validation?.run(signal)) ?? null;
  if ((evaluators.training && !training) || (evaluators.validation && !validation)) return null;
  return { iteration, loss, training, validation };
}

/** @param guard the one of trainingStep that stopped the step: the loss, then a gradient each */
async function diverged(
  guard: number,
  step: number,
  parts: StepParts,
  indices: Int32Array,
  backend: string,
): Promise<DivergenceError> {
  const divergence = await findDivergence(parts, indices, backend);
  if (divergence === null) throw new Error(`internal: fit: step ${step} stopped, but all its values are finite`);
  return new DivergenceError(step, guard === 0 ? "the loss" : "a gradient", divergence);
}
