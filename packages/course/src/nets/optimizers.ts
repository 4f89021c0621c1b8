// The optimisers by the names the course's exercises and the command line know, each as the course has it, with a learning
// rate to start from.
import {
  AdaGrad,
  Adam,
  AdamW,
  Momentum,
  Nesterov,
  type OptimizerOptions,
  type Params,
  RMSProp,
  SGD,
} from "tatamijs/optim";
import type { Variable } from "tatamijs/tensor";
import type { UpdateRule } from "tatamijs/train";

interface OptimizerChoice {
  readonly lr: number;
  readonly create: (params: Params<OptimizerOptions>, lr: number) => UpdateRule;
}

export const optimizers = {
  sgd: { lr: 0.1, create: (params, lr) => new SGD(params, { lr }) },
  momentum: { lr: 0.01, create: (params, lr) => new Momentum(params, { lr }) },
  nesterov: { lr: 0.01, create: (params, lr) => new Nesterov(params, { lr }) },
  // the sum of squares does not start at 0 there
  adagrad: { lr: 0.01, create: (params, lr) => new AdaGrad(params, { lr, initialAccumulatorValue: 1e-4, eps: 1e-7 }) },
  rmsprop: { lr: 0.001, create: (params, lr) => new RMSProp(params, { lr, alpha: 0.99, eps: 1e-7 }) },
  // the book's place for eps
  adam: { lr: 0.001, create: (params, lr) => new Adam(params, { lr, eps: 0, epsHat: 1e-7 }) },
  adamw: { lr: 0.001, create: (params, lr) => new AdamW(params, { lr }) },
} as const satisfies Record<string, OptimizerChoice>;

export type OptimizerName = keyof typeof optimizers;

export const optimizerNames = Object.keys(optimizers) as OptimizerName[];

export interface Penalties {
  /** λ of λ·Σ|w| */
  readonly l1: number;
  /** λ of ½·λ·Σw² */
  readonly l2: number;
}

/** Parameters in groups, so that only weights are penalised: never biases, γ and β, which are vectors. */
export function penalized(parameters: readonly Variable[], { l1, l2 }: Penalties): Params<OptimizerOptions> {
  if (l1 === 0 && l2 === 0) return parameters;
  const weights = parameters.filter(({ rank }) => rank > 1);
  const others = parameters.filter(({ rank }) => rank <= 1);
  return [{ params: weights, l1, weightDecay: l2 }, { params: others }];
}
