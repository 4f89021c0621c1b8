// AdaGrad (Duchi, Hazan and Singer 2011): each value has its own step size, which only shrinks.
import type { Tensor } from "../graph/tensor.ts";
import { add, div, mul, sqrt, square, sub } from "../ops/index.ts";
import { type Complete, expectRange, Optimizer, type OptimizerOptions, type Params, type Update } from "./optimizer.ts";

export interface AdaGradOptions extends OptimizerOptions {
  /** the learning rate of step t is lr / (1 + (t − 1) · lrDecay), ≥ 0; default 0 */
  lrDecay?: number | undefined;
  /** what the sum of squares starts at, ≥ 0; default 0 */
  initialAccumulatorValue?: number | undefined;
  /** added to the root, > 0; default 1e-10 */
  eps?: number | undefined;
}

const defaults: Complete<AdaGradOptions> = {
  lr: 0.01,
  weightDecay: 0,
  l1: 0,
  lrDecay: 0,
  initialAccumulatorValue: 0,
  eps: 1e-10,
};

export class AdaGrad extends Optimizer<AdaGradOptions> {
  /**
   * squares ← squares + gradient²; value ← value − lr · gradient / (√squares + eps).
   * @param params parameters, or groups of them with options of their own
   * @param options `lr` is 0.01 by default
   * @throws OptionError for an option out of range
   */
  constructor(params: Params<AdaGradOptions>, options: AdaGradOptions = {}) {
    super("AdaGrad", params, defaults, options);
  }

  protected override checkOptions({ lrDecay, initialAccumulatorValue, eps }: Complete<AdaGradOptions>): void {
    expectRange(this.name, "lrDecay", lrDecay, lrDecay >= 0, "at least 0");
    const start = initialAccumulatorValue;
    expectRange(this.name, "initialAccumulatorValue", start, start >= 0, "at least 0");
    expectRange(this.name, "eps", eps, eps > 0, "more than 0");
  }

  protected override slotsFor(options: Complete<AdaGradOptions>): Readonly<Record<string, number>> {
    return { squares: options.initialAccumulatorValue };
  }

  protected override update({ value, gradient, slots, rate, count, options }: Update<AdaGradOptions>): Tensor {
    const { lrDecay, eps } = options;
    const squares = add(slots.squares, square(gradient));
    slots.squares.assign(squares);
    const decayed = lrDecay === 0 ? rate : div(rate, add(mul(sub(count, 1), lrDecay), 1));
    return sub(value, mul(div(gradient, add(sqrt(squares), eps)), decayed));
  }
}
