// What a training run is asked for, what it tells while it goes on, and what it gives: types alone.
import type { JsonObject } from "../checkpoint/json.ts";
import type { Preprocessing } from "../model-file/model-file.ts";
import type { Loss } from "../nn/loss.ts";
import type { Module } from "../nn/module.ts";
import type { LRScheduler } from "../optim/scheduler.ts";
import type { WeightAverage } from "../optim/weight-average.ts";
import type { EarlyStoppingOptions } from "./early-stopping.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Data } from "./feed.ts";
import type { LossFunction, Metrics } from "./objective.ts";
import type { ScheduleOptions } from "./schedule.ts";
import type { Clipping, UpdateRule } from "./step.ts";
import type { StepTimes } from "./step-times.ts";

/** The run as callbacks see it: everything to read, and a way to end it. */
export interface RunView {
  readonly model: Module;
  readonly optimizer: UpdateRule;
  /** updates made */
  readonly iteration: number;
  /** updates asked for */
  readonly iterations: number;
  readonly history: readonly HistoryEntry[];
  /** Ends the run after this iteration; it is evaluated, and a checkpoint written, as at any other end. */
  stop(): void;
}

/** A checkpoint that has just been written. */
export interface WrittenCheckpoint {
  readonly step: number;
  /** its folder */
  readonly path: string;
}

/** What a run tells while it goes on. The run waits for promises, but not for those of onStep. */
export interface FitCallbacks {
  /** after every step: how many there were, and the loss on its batch before the update */
  onStep?: ((iteration: number, loss: number, run: RunView) => void) | undefined;
  onEvaluate?: ((entry: HistoryEntry, run: RunView) => void | Promise<void>) | undefined;
  /** after every epoch, counted from 1 */
  onEpoch?: ((epoch: number, run: RunView) => void | Promise<void>) | undefined;
  onCheckpoint?: ((checkpoint: WrittenCheckpoint, run: RunView) => void | Promise<void>) | undefined;
}

export interface CheckpointOptions {
  /** a folder for this run alone, made where there is none */
  directory: string;
  /** iterations between checkpoints, ≥ 1; default: as evaluations. There is one of the start and one of the end, too */
  every?: number | undefined;
  /** how many of the newest are kept beside the best one, ≥ 1; default 3 */
  keep?: number | undefined;
  /** how good an evaluation is, larger is better; default: validation's accuracy, else less loss */
  best?: ((entry: HistoryEntry) => number) | undefined;
  /** anything to be found again in the checkpoints, such as how the model was made */
  notes?: JsonObject | undefined;
  /** what has to be done to images before the model sees them: kept in the model file, where it can be described */
  preprocessing?: Preprocessing | undefined;
  /** for messages: how this program is told to go on from an earlier step; default `resume: step` */
  advice?: ((step: number) => string) | undefined;
}

export interface FitOptions extends ScheduleOptions, Clipping {
  /** initialised; takes images [B, C, H, W] */
  model: Module;
  /** the mean over a batch; default crossEntropy */
  loss?: Loss | LossFunction | undefined;
  /** over the model's parameters, or those of them that shall learn */
  optimizer: UpdateRule;
  /** the learning rate of each step; default: the optimiser's own */
  scheduler?: LRScheduler | undefined;
  /** what the scheduler counts; default "step" */
  schedulerPer?: "step" | "epoch" | undefined;
  /** in memory, or a stream, whose batches are read while steps are made */
  data: Data;
  /** evaluated beside the training, never learnt from */
  validation?: Data | undefined;
  /** whether evaluations cover the whole of `data` too; default false */
  evaluateTraining?: boolean | undefined;
  /** by the names they are reported under; default { accuracy } */
  metrics?: Metrics | undefined;
  /** moved along after every step; evaluations use it. `average.swap()` gives it to the model in the end */
  average?: WeightAverage | undefined;
  /** ends the run when evaluations (of validation, else of the training data) get no better */
  earlyStopping?: EarlyStoppingOptions | undefined;
  /** writes what it takes to go on after any interruption; Node only */
  checkpoint?: CheckpointOptions | undefined;
  /** goes on from the newest checkpoint, or from that of a step, exactly as if there had been no interruption */
  resume?: boolean | number | undefined;
  /** one step and an evaluation of one batch, to see whether all fits; no checkpoint; default false */
  dryRun?: boolean | undefined;
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
  /** of that step, one a group; empty where the optimiser does not say */
  readonly learningRates: readonly number[];
  /** over the whole training data, with evaluateTraining */
  readonly training: Evaluation | null;
  readonly validation: Evaluation | null;
}

/** Why a run ended before the iterations asked for. */
export type Stop = "signal" | "callback" | "early stopping";

export interface FitResult {
  readonly backend: string;
  readonly threads: number;
  /** steps made, those before a resumption included: fewer than asked for when the run was stopped */
  readonly iterations: number;
  /** whether the signal ended it */
  readonly aborted: boolean;
  /** null where it went to its end */
  readonly stopped: Stop | null;
  readonly history: readonly HistoryEntry[];
  /** of the last step's batch, before its update; NaN without a step */
  readonly finalLoss: number;
  /** compiling and evaluating included; since the resumption, as the step times */
  readonly seconds: number;
  readonly stepMilliseconds: StepTimes;
}
