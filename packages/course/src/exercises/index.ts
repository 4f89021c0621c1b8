// Every exercise, in the order of the day.
import type { Exercise } from "../frame/exercise.ts";
import { augmentation } from "./augmentation.ts";
import { batchNormScales, batchNormSizes } from "./batch-norm-studies.ts";
import { batchNormalization } from "./batch-normalization.ts";
import { columns } from "./columns.ts";
import { convolutionInside } from "./convolution-inside.ts";
import { deepConvNet, doubleConvNet, simpleConvNet } from "./convolutional-nets.ts";
import { fastRecord } from "./fast-record.ts";
import { forwardBackward } from "./forward-backward.ts";
import { hyperparameterSearch } from "./hyperparameter-search.ts";
import { alexNetShapes, latestNetworks } from "./latest-nets.ts";
import { learningLoop } from "./learning-loop.ts";
import { learningRates } from "./learning-rates.ts";
import { normalizationRelatives } from "./normalization-relatives.ts";
import { optimizerExercise } from "./optimizers.ts";
import { overfitting } from "./overfitting.ts";
import { earlyStopping, normBalls, weightsUnderPenalties } from "./overfitting-studies.ts";
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
  learningRates,
  surfaces,
  overfitting,
  earlyStopping,
  weightsUnderPenalties,
  normBalls,
  hyperparameterSearch,
  columns,
  convolutionInside,
  simpleConvNet,
  doubleConvNet,
  deepConvNet,
  normalizationRelatives,
  augmentation,
  alexNetShapes,
  latestNetworks,
  fastRecord,
];
