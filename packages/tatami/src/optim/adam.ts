// Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019), which decays the values themselves instead of adding
// to the gradient.
import type { Tensor } from "../graph/tensor.ts";
import { add, div, expm1, mul, negate, rsqrt, sqrt, square, sub } from "../ops/index.ts";
import { type Complete, expectRange, Optimizer, type OptimizerOptions, type Params, type Update } from "./optimizer.ts";

export interface AdamOptions extends OptimizerOptions {
  /** how much stays of the running means of the gradient and of its square, each in [0, 1); default [0.9, 0.999] */
  betas?: readonly [number, number] | undefined;
  /** added to the root, ≥ 0; default 1e-8 */
  eps?: number | undefined;
  /**
   * added to the root before its correction, ≥ 0, which makes more of it in early steps: the ε̂ at the end of Kingma and
   * Ba's section 2, and what the course's book does (1e-7, with eps 0); default 0
   */
  epsHat?: number | undefined;
}

const defaults: Complete<AdamOptions> = { lr: 0.001, weightDecay: 0, l1: 0, betas: [0.9, 0.999], eps: 1e-8, epsHat: 0 };

/** What the two share: running means of the gradient and of its square, both starting at 0. */
abstract class AdaptiveMoments extends Optimizer<AdamOptions> {
  protected override checkOptions({ betas, eps, epsHat }: Complete<AdamOptions>): void {
    const inRange = betas.length === 2 && betas.every((beta) => beta >= 0 && beta < 1);
    expectRange(this.name, "betas", betas, inRange, "two numbers in [0, 1)");
    expectRange(this.name, "eps", eps, eps > 0 || (eps === 0 && epsHat > 0), "more than 0, or 0 beside an epsHat");
    expectRange(this.name, "epsHat", epsHat, epsHat >= 0, "at least 0");
  }

  protected override slotsFor(): Readonly<Record<string, number>> {
    return { mean: 0, squares: 0 };
  }

  /** What is taken off the value; 1 − βᵗ makes up for means that started at 0. */
  protected decrease({ gradient, slots, rate, count, options }: Update<AdamOptions>): Tensor {
    const [beta1, beta2] = options.betas;
    const mean = add(mul(slots.mean, beta1), mul(gradient, 1 - beta1));
    const squares = add(mul(slots.squares, beta2), mul(square(gradient), 1 - beta2));
    slots.mean.assign(mean);
    slots.squares.assign(squares);
    const correctedRate = div(rate, oneMinusPower(beta1, count));
    const root = mul(add(sqrt(squares), options.epsHat), rsqrt(oneMinusPower(beta2, count)));
    return mul(div(mean, add(root, options.eps)), correctedRate);
  }
}

export class Adam extends AdaptiveMoments {
  /**
   * mean ← β₁ · mean + (1 − β₁) · gradient; squares ← β₂ · squares + (1 − β₂) · gradient²; at step t
   * value ← value − lr · (mean / (1 − β₁ᵗ)) / ((√squares + epsHat) / √(1 − β₂ᵗ) + eps).
   * @param params parameters, or groups of them with options of their own
   * @param options `lr` is 0.001 by default
   * @throws OptionError for an option out of range
   */
  constructor(params: Params<AdamOptions>, options: AdamOptions = {}) {
    super("Adam", params, defaults, options);
  }

  protected override update(update: Update<AdamOptions>): Tensor {
    return sub(update.value, this.decrease(update));
  }
}

export class AdamW extends AdaptiveMoments {
  /**
   * Adam, after value ← value − lr · weightDecay · value.
   * @param params parameters, or groups of them with options of their own
   * @param options `lr` is 0.001 and `weightDecay` 0.01 by default
   * @throws OptionError for an option out of range
   */
  constructor(params: Params<AdamOptions>, options: AdamOptions = {}) {
    super("AdamW", params, { ...defaults, weightDecay: 0.01 }, options);
  }

  /** The decay is no part of the gradient here. */
  protected override penalized(gradient: Tensor, value: Tensor, options: Complete<AdamOptions>): Tensor {
    return super.penalized(gradient, value, { ...options, weightDecay: 0 });
  }

  protected override update(update: Update<AdamOptions>): Tensor {
    const { value, rate, options } = update;
    const decayed = sub(value, mul(mul(value, options.weightDecay), rate));
    return sub(decayed, this.decrease(update));
  }
}

/** 1 − βᵗ, exact where it is tiny. */
function oneMinusPower(beta: number, count: Tensor): Tensor {
  return negate(expm1(mul(count, Math.log(beta))));
}
