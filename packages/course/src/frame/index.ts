// The public names of frame/: what exercises are made of and what comes out of them.
export { asPublished, type Configuration, configure, exerciseOf, formatted, variantOf } from "./configuration.ts";
export {
  type DataSource,
  defineExercise,
  type Exercise,
  type ExerciseDefinition,
  type KeptRun,
  type PublishedOutcome,
  type Quick,
  type Refusal,
  type RunContext,
  type Variant,
} from "./exercise.ts";
export { editDistance, nearest } from "./nearest.ts";
export {
  type Band,
  bandsOf,
  type Comparison,
  joinedSeries,
  median,
  type Outcome,
  outcomesOf,
  type Run,
} from "./outcome.ts";
export type * from "./result.ts";
export type { Setting, Settings, Values } from "./setting.ts";
