// The public names of train/: fitting, evaluating and using a model.
import "../devices.ts";
import "../tensor/methods.ts";

export { type Divergence, DivergenceError } from "./divergence.ts";
export { type Evaluation, type EvaluationOptions, evaluate } from "./evaluate.ts";
export type { EarlyStoppingOptions } from "./early-stopping.ts";
export type { Data } from "./feed.ts";
export { fit } from "./fit.ts";
export type {
  CheckpointOptions,
  FitCallbacks,
  FitOptions,
  FitResult,
  HistoryEntry,
  RunView,
  Stop,
  WrittenCheckpoint,
} from "./fit-options.ts";
export { accuracy, type LossFunction, type Metric, type Metrics } from "./objective.ts";
export { type Prediction, type PredictOptions, predict } from "./predict.ts";
export type { ScheduleOptions } from "./schedule.ts";
export type { Clipping, UpdateRule } from "./step.ts";
export { StepClock, type StepTimes } from "./step-times.ts";
export { type LayerSummary, type StepSummary, type Summary, type SummaryOptions, summarize } from "./summary.ts";
