// The public names of train/: fitting, evaluating and using a model.
import "../devices.ts";
import "../tensor/methods.ts";

export { type Divergence, DivergenceError } from "./divergence.ts";
export { type Evaluation, type EvaluationOptions, evaluate } from "./evaluate.ts";
export { type FitCallbacks, type FitOptions, type FitResult, fit, type HistoryEntry } from "./fit.ts";
export { accuracy, type LossFunction, type Metric, type Metrics } from "./objective.ts";
export { type Prediction, type PredictOptions, predict } from "./predict.ts";
export type { ScheduleOptions } from "./schedule.ts";
export type { UpdateRule } from "./step.ts";
export { StepClock, type StepTimes } from "./step-times.ts";
export { type LayerSummary, type StepSummary, type Summary, type SummaryOptions, summarize } from "./summary.ts";
