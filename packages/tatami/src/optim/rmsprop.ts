// RMSProp (Tieleman and Hinton 2012): AdaGrad with a running mean in place of the sum, so that steps do not die out.
import type { Tensor } from "../graph/tensor.ts";
import { add, div, mul, sqrt, square, sub } from "../ops/index.ts";
import { type Complete, expectRange, Optimizer, type OptimizerOptions, type Params, type Update } from "./optimizer.ts";

export interface RMSPropOptions extends OptimizerOptions {
  /** how much of the running means stays, in [0, 1); default 0.99 */
  alpha?: number | undefined;
  /** added to the root, > 0; default 1e-8 */
  eps?: number | undefined;
  /** how much of the velocity stays, in [0, 1); default 0 */
  momentum?: number | undefined;
  /** divides by the running standard deviation (Graves 2013) instead of the root mean square; default false */
  centered?: boolean | undefined;
}

const defaults: Complete<RMSPropOptions> = {
  lr: 0.01,
  weightDecay: 0,
  l1: 0,
  alpha: 0.99,
  eps: 1e-8,
  momentum: 0,
  centered: false,
};

export class RMSProp extends Optimizer<RMSPropOptions> {
  /**
   * squares ← alpha · squares + (1 − alpha) · gradient²; value ← value − lr · gradient / (√squares + eps).
   * @param params parameters, or groups of them with options of their own
   * @param options `lr` is 0.01 by default
   * @throws OptionError for an option out of range
   */
  constructor(params: Params<RMSPropOptions>, options: RMSPropOptions = {}) {
    super("RMSProp", params, defaults, options);
  }

  protected override checkOptions({ alpha, eps, momentum }: Complete<RMSPropOptions>): void {
    expectRange(this.name, "alpha", alpha, alpha >= 0 && alpha < 1, "a number in [0, 1)");
    expectRange(this.name, "eps", eps, eps > 0, "more than 0");
    expectRange(this.name, "momentum", momentum, momentum >= 0 && momentum < 1, "a number in [0, 1)");
  }

  protected override slotsFor({ momentum, centered }: Complete<RMSPropOptions>): Readonly<Record<string, number>> {
    return { squares: 0, ...(centered && { mean: 0 }), ...(momentum > 0 && { velocity: 0 }) };
  }

  protected override update({ value, gradient, slots, rate, options }: Update<RMSPropOptions>): Tensor {
    const { alpha, eps, momentum, centered } = options;
    const follow = (slot: Tensor, target: Tensor): Tensor => add(mul(slot, alpha), mul(target, 1 - alpha));
    const squares = follow(slots.squares, square(gradient));
    slots.squares.assign(squares);
    let variance = squares;
    if (centered) {
      const mean = follow(slots.mean, gradient);
      slots.mean.assign(mean);
      variance = sub(squares, square(mean));
    }
    const scaled = div(gradient, add(sqrt(variance), eps));
    if (momentum === 0) return sub(value, mul(scaled, rate));
    const velocity = add(mul(slots.velocity, momentum), scaled);
    slots.velocity.assign(velocity);
    return sub(value, mul(velocity, rate));
  }
}
