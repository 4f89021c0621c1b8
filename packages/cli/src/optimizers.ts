// The optimisers by the names the command line knows, with a learning rate to start from.

import type { Parameter } from "tatamijs/nn";
import { AdaGrad, Adam, AdamW, Momentum, Nesterov, RMSProp, SGD } from "tatamijs/optim";
import type { UpdateRule } from "tatamijs/train";

interface OptimizerChoice {
  readonly lr: number;
  readonly create: (parameters: readonly Parameter[], lr: number) => UpdateRule;
}

export const optimizers = {
  sgd: { lr: 0.1, create: (parameters, lr) => new SGD(parameters, { lr }) },
  momentum: { lr: 0.01, create: (parameters, lr) => new Momentum(parameters, { lr }) },
  nesterov: { lr: 0.01, create: (parameters, lr) => new Nesterov(parameters, { lr }) },
  adagrad: { lr: 0.01, create: (parameters, lr) => new AdaGrad(parameters, { lr }) },
  rmsprop: { lr: 0.001, create: (parameters, lr) => new RMSProp(parameters, { lr }) },
  // the course's Adam: its tests come out a little better than with PyTorch's place for eps
  adam: { lr: 0.001, create: (parameters, lr) => new Adam(parameters, { lr, eps: 0, epsHat: 1e-7 }) },
  adamw: { lr: 0.001, create: (parameters, lr) => new AdamW(parameters, { lr }) },
} as const satisfies Record<string, OptimizerChoice>;

export type OptimizerName = keyof typeof optimizers;

export const optimizerNames = Object.keys(optimizers) as OptimizerName[];
