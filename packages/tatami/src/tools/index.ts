// The public names of tools/: looking into a step before or beside training, and into runs. Not part of `tatamijs` itself, so that a page
// does not load them.
/** @module tatamijs/tools */
import "../devices.ts";
import "../tensor/methods.ts";

export type { CallProfile } from "../tensor/profile.ts";
export { historyOf } from "../train/saved-state.ts";
export {
  findLearningRate,
  type LearningRateFinding,
  type LearningRateOptions,
} from "./learning-rate-finder.ts";
export { type ProfileOptions, profile, type StepProfile } from "./profile.ts";
