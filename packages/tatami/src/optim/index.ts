// The public names of optim/, with PyTorch's formulas and defaults.
import "../devices.ts";
import "../tensor/methods.ts";

export { AdaGrad, type AdaGradOptions } from "./adagrad.ts";
export { Adam, type AdamOptions, AdamW } from "./adam.ts";
export {
  type Complete,
  Optimizer,
  type OptimizerOptions,
  type ParameterGroup,
  type Params,
  type Update,
} from "./optimizer.ts";
export { RMSProp, type RMSPropOptions } from "./rmsprop.ts";
export { Momentum, Nesterov, SGD, type SGDOptions } from "./sgd.ts";
