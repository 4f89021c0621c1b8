// Every exercise, in the order of the day.
import type { Exercise } from "../frame/exercise.ts";
import { batchNormalization } from "./batch-normalization.ts";
import { deepConvNet, doubleConvNet, simpleConvNet } from "./convolutional-nets.ts";
import { forwardBackward } from "./forward-backward.ts";
import { optimizerExercise } from "./optimizers.ts";
import { overfitting } from "./overfitting.ts";
import { vanishingGradient } from "./vanishing-gradient.ts";

export const exercises: readonly Exercise[] = [
  forwardBackward,
  vanishingGradient,
  batchNormalization,
  optimizerExercise,
  overfitting,
  simpleConvNet,
  doubleConvNet,
  deepConvNet,
];
