// Stochastic gradient descent, plain and with momentum (Polyak 1964; Nesterov 1983 as in Sutskever et al. 2013), in
// PyTorch's form, where the learning rate is outside the velocity.
import type { Tensor } from "../graph/tensor.ts";
import { add, equal, mul, sub, where } from "../ops/index.ts";
import { type Complete, expectRange, Optimizer, type OptimizerOptions, type Params, type Update } from "./optimizer.ts";

export interface SGDOptions extends OptimizerOptions {
  /** how much of the velocity stays, in [0, 1); default 0 */
  momentum?: number | undefined;
  /** how much of the gradient is kept out of the velocity, in [0, 1], except in the first step; default 0 */
  dampening?: number | undefined;
  /** looks ahead by the new velocity; needs momentum and no dampening; default false */
  nesterov?: boolean | undefined;
}

const defaults: Complete<SGDOptions> = { lr: 0, weightDecay: 0, l1: 0, momentum: 0, dampening: 0, nesterov: false };

export class SGD extends Optimizer<SGDOptions> {
  /**
   * velocity ← momentum · velocity + (1 − dampening) · gradient; value ← value − lr · velocity, or with nesterov
   * value − lr · (gradient + momentum · velocity).
   * @param params parameters, or groups of them with options of their own
   * @param options `lr` has no default here
   * @throws OptionError for an option out of range
   */
  constructor(params: Params<SGDOptions>, options: SGDOptions) {
    super("SGD", params, defaults, options);
  }

  protected override checkOptions({ momentum, dampening, nesterov }: Complete<SGDOptions>): void {
    expectRange(this.name, "momentum", momentum, momentum >= 0 && momentum < 1, "a number in [0, 1)");
    expectRange(this.name, "dampening", dampening, dampening >= 0 && dampening <= 1, "a number in [0, 1]");
    const possible = !nesterov || (momentum > 0 && dampening === 0);
    expectRange(this.name, "nesterov", nesterov, possible, "false without momentum or with dampening");
  }

  protected override slotsFor({ momentum }: Complete<SGDOptions>): Readonly<Record<string, number>> {
    return momentum === 0 ? {} : { velocity: 0 };
  }

  protected override update({ value, gradient, slots, rate, count, options }: Update<SGDOptions>): Tensor {
    const { momentum, dampening, nesterov } = options;
    if (momentum === 0) return sub(value, mul(gradient, rate));
    const fresh = dampening === 0 ? gradient : mul(gradient, where(equal(count, 1), 1, 1 - dampening));
    const velocity = add(mul(slots.velocity, momentum), fresh);
    slots.velocity.assign(velocity);
    const direction = nesterov ? add(gradient, mul(velocity, momentum)) : velocity;
    return sub(value, mul(direction, rate));
  }
}

/** SGD with momentum 0.9. */
export class Momentum extends SGD {
  constructor(params: Params<SGDOptions>, options: SGDOptions) {
    super(params, { momentum: 0.9, ...options });
  }
}

/** SGD with Nesterov's momentum 0.9. */
export class Nesterov extends SGD {
  constructor(params: Params<SGDOptions>, options: SGDOptions) {
    super(params, { momentum: 0.9, nesterov: true, ...options });
  }
}
