// A training run while it goes on: steps, evaluations between them, checkpoints, and all the ways in which it may end.

import { DataError } from "../shape/errors.ts";
import type { Checkpointing } from "./checkpointing.ts";
import { DivergenceError, findDivergence } from "./divergence.ts";
import type { Evaluator } from "./evaluate.ts";
import type { FitCallbacks, HistoryEntry, RunView, Stop } from "./fit-options.ts";
import { Pauses } from "./pauses.ts";
import type { RunParts } from "./run-state.ts";
import type { StepParts } from "./step.ts";
import { StepClock } from "./step-times.ts";
import type { Stepper } from "./stepper.ts";

export interface RunOptions {
  readonly iterations: number;
  readonly evaluateEvery: number;
  /** batches to an update */
  readonly accumulate: number;
  readonly schedulerPer: "step" | "epoch";
  readonly callbacks: FitCallbacks;
  readonly signal: AbortSignal | undefined;
  readonly backend: string;
}

/** What a run computes with. */
export interface Machinery {
  readonly stepParts: StepParts;
  readonly stepper: Stepper;
  readonly training: Evaluator | null;
  readonly validation: Evaluator | null;
  readonly checkpointing: Checkpointing | null;
}

export class Run {
  readonly clock = new StepClock();
  stopped: Stop | null = null;
  readonly #parts: RunParts;
  readonly #machinery: Machinery;
  readonly #options: RunOptions;
  readonly #view: RunView;
  /** in the order of the groups; set only where they change */
  #rates: readonly number[] = [];

  constructor(parts: RunParts, machinery: Machinery, options: RunOptions) {
    this.#parts = parts;
    this.#machinery = machinery;
    this.#options = options;
    const { model, optimizer, progress } = parts;
    const stop = (): void => {
      this.stopped ??= "callback";
    };
    this.#view = {
      model,
      optimizer,
      iterations: options.iterations,
      get iteration() {
        return progress.iteration;
      },
      history: progress.history,
      stop,
    };
  }

  /** Goes on to the end, whatever end that is. */
  async finish(): Promise<void> {
    const { progress, earlyStopping } = this.#parts;
    const { iterations, evaluateEvery, callbacks, signal } = this.#options;
    const { stepper, checkpointing } = this.#machinery;
    const pauses = new Pauses();
    if (progress.iteration === 0) await this.#save();
    // the checkpoint of a run that was interrupted in an evaluation
    else if (progress.iteration % evaluateEvery === 0 && !this.#isEvaluated) await this.#evaluate();
    if (earlyStopping?.due) this.stopped = "early stopping";
    while (progress.iteration < iterations && this.stopped === null) {
      if (signal?.aborted) {
        this.stopped = "signal";
        break;
      }
      const start = performance.now();
      this.#schedule();
      const answer = stepper.step();
      // awaiting a number would cost a promise every step
      const guard = typeof answer === "number" ? answer : await answer.catch((error) => this.#unread(error));
      if (guard >= 0) throw await this.#diverged(guard);
      progress.loss = stepper.loss;
      const iteration = ++progress.iteration;
      this.clock.add(performance.now() - start);

      callbacks.onStep?.(iteration, progress.loss, this.#view);
      // a callback may have stopped it
      const last = iteration === iterations || this.#isStopped;
      if ((iteration % evaluateEvery === 0 || last) && !(await this.#evaluate())) break;
      const epoch = this.#epochEnding(iteration);
      if (epoch !== null) await callbacks.onEpoch?.(epoch, this.#view);
      if (checkpointing !== null && iteration % checkpointing.every === 0) await this.#save();
      if (pauses.due) await pauses.take();
    }
    if (this.#isStopped && !this.#isEvaluated && progress.iteration > 0 && this.stopped === "callback") {
      await this.#evaluate();
    }
    // the last evaluation is part of the last checkpoint: without it, the run goes on from an earlier one
    if (progress.iteration < iterations || this.#isEvaluated) await this.#save();
  }

  /** Read after awaiting, where the compiler thinks it knows. */
  get #isStopped(): boolean {
    return this.stopped !== null;
  }

  get #isEvaluated(): boolean {
    const { history, iteration } = this.#parts.progress;
    return history.at(-1)?.iteration === iteration;
  }

  /** Gives the optimiser the learning rates of the next step. */
  #schedule(): void {
    const { scheduler, optimizer, sampler, bases, progress } = this.#parts;
    if (scheduler === null) return;
    const { schedulerPer, accumulate } = this.#options;
    const count =
      schedulerPer === "step"
        ? progress.iteration
        : Math.floor((progress.iteration * accumulate) / sampler.batchesPerEpoch);
    const rates = bases.map((base) => scheduler.rate(count, base));
    if (rates.every((rate, group) => rate === this.#rates[group])) return;
    this.#rates = rates;
    optimizer.learningRates = rates;
  }

  /** @returns false when `signal` ended it early */
  async #evaluate(): Promise<boolean> {
    const { progress, optimizer, scheduler, earlyStopping } = this.#parts;
    const { signal, callbacks } = this.#options;
    const { training, validation } = this.#machinery;
    const { iteration, loss } = progress;
    const results = {
      training: (await training?.run(signal)) ?? null,
      validation: (await validation?.run(signal)) ?? null,
    };
    if ((training && !results.training) || (validation && !results.validation)) {
      this.stopped = "signal";
      return false;
    }
    const learningRates = [...(optimizer.learningRates ?? [])];
    const entry: HistoryEntry = { iteration, loss, learningRates, ...results };
    progress.history.push(entry);
    const measured = entry.validation ?? entry.training ?? { loss };
    scheduler?.observe(measured);
    earlyStopping?.observe(measured);
    if (earlyStopping?.due) this.stopped ??= "early stopping";
    await callbacks.onEvaluate?.(entry, this.#view);
    return true;
  }

  /** The epoch that ends with this iteration, from 1. */
  #epochEnding(iteration: number): number | null {
    const { batchesPerEpoch } = this.#parts.sampler;
    const { accumulate } = this.#options;
    const epoch = Math.floor((iteration * accumulate) / batchesPerEpoch);
    return epoch > Math.floor(((iteration - 1) * accumulate) / batchesPerEpoch) ? epoch : null;
  }

  async #save(): Promise<void> {
    const written = await this.#machinery.checkpointing?.write();
    if (written) await this.#options.callbacks.onCheckpoint?.(written, this.#view);
  }

  /** The end of a run whose data cannot be read: what it has learnt so far is kept. */
  async #unread(error: unknown): Promise<never> {
    const { sampler, progress } = this.#parts;
    if (error instanceof DataError) {
      // some batches of the update may have been read
      sampler.restore(progress.iteration * this.#options.accumulate);
      await this.#save();
    }
    throw error;
  }

  /** @param guard the one of trainingStep that stopped the step: the loss, then a gradient each */
  async #diverged(guard: number): Promise<DivergenceError> {
    const { stepParts, stepper } = this.#machinery;
    const step = this.#parts.progress.iteration + 1;
    const divergence = await findDivergence(stepParts, stepper.indices, this.#options.backend);
    if (divergence === null) throw new Error(`internal: fit: step ${step} stopped, but all its values are finite`);
    return new DivergenceError(step, guard === 0 ? "the loss" : "a gradient", divergence);
  }
}
