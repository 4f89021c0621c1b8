// Every exercise, in the order of the day.
import type { Exercise } from "../frame/exercise.ts";
import { batchNormScales, batchNormSizes } from "./batch-norm-studies.ts";
import { batchNormalization } from "./batch-normalization.ts";
import { columns } from "./columns.ts";
import { convolutionInside } from "./convolution-inside.ts";
import { deepConvNet, doubleConvNet, simpleConvNet } from "./convolutional-nets.ts";
import { forwardBackward } from "./forward-backward.ts";
import { learningLoop } from "./learning-loop.ts";
import { optimizerExercise } from "./optimizers.ts";
import { overfitting } from "./overfitting.ts";
import { surfaces } from "./surfaces.ts";
import { vanishingGradient } from "./vanishing-gradient.ts";
import { vanishingSeen } from "./vanishing-seen.ts";
import { zeroWeights } from "./zero-weights.ts";

export const exercises: readonly Exercise[] = [
  learningLoop,
  forwardBackward,
  vanishingGradient,
  vanishingSeen,
  zeroWeights,
  batchNormalization,
  batchNormScales,
  batchNormSizes,
  optimizerExercise,
  surfaces,
  overfitting,
  columns,
  convolutionInside,
  simpleConvNet,
  doubleConvNet,
  deepConvNet,
];
