// The public names of optim/, with PyTorch's formulas and defaults.
import "../devices.ts";
import "../tensor/methods.ts";

export { AdaGrad, type AdaGradOptions } from "./adagrad.ts";
export { Adam, type AdamOptions, AdamW } from "./adam.ts";
export { clipGradNorm, clipGradValue } from "./clip-gradients.ts";
export { ChainedScheduler, SequentialLR } from "./composed-schedulers.ts";
export {
  type Complete,
  Optimizer,
  type OptimizerOptions,
  type OptimizerSettings,
  type ParameterGroup,
  type Params,
  type Update,
} from "./optimizer.ts";
export { type PlateauOptions, ReduceLROnPlateau } from "./plateau.ts";
export { RMSProp, type RMSPropOptions } from "./rmsprop.ts";
export { Momentum, Nesterov, SGD, type SGDOptions } from "./sgd.ts";
export { LRScheduler, type SchedulerState } from "./scheduler.ts";
export {
  CosineAnnealingLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  type LinearOptions,
  MultiStepLR,
  OneCycleLR,
  type OneCycleOptions,
  PolynomialLR,
  type PolynomialOptions,
  StepLR,
} from "./schedulers.ts";
export { WeightAverage, type WeightAverageOptions } from "./weight-average.ts";
