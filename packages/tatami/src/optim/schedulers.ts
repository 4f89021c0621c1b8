// Learning-rate schedules without memory, with PyTorch's names, formulas and defaults. `t` is the number of steps made
// before; PyTorch's argument `optimizer` is left out, because a schedule here is a function and changes nothing itself.
import type { Complete } from "./optimizer.ts";
import { LRScheduler } from "./scheduler.ts";

/** base · gamma^⌊t / stepSize⌋ */
export class StepLR extends LRScheduler {
  readonly #stepSize: number;
  readonly #gamma: number;

  /**
   * @param stepSize steps between falls, ≥ 1
   * @param gamma what the rate is multiplied by, > 0; default 0.1
   */
  constructor(stepSize: number, { gamma = 0.1 }: { gamma?: number | undefined } = {}) {
    super("StepLR");
    this.expectInteger("stepSize", stepSize);
    this.expectPositive("gamma", gamma);
    this.#stepSize = stepSize;
    this.#gamma = gamma;
  }

  override rate(step: number, base: number): number {
    return base * this.#gamma ** Math.floor(step / this.#stepSize);
  }

  override settings(): Readonly<Record<string, unknown>> {
    return { schedule: this.name, stepSize: this.#stepSize, gamma: this.#gamma };
  }
}

/** base · gamma^(number of milestones ≤ t) */
export class MultiStepLR extends LRScheduler {
  readonly #milestones: readonly number[];
  readonly #gamma: number;

  /**
   * @param milestones steps, each ≥ 1, one or more
   * @param gamma what the rate is multiplied by at each, > 0; default 0.1
   */
  constructor(milestones: readonly number[], { gamma = 0.1 }: { gamma?: number | undefined } = {}) {
    super("MultiStepLR");
    if (milestones.length === 0) this.refuse("milestones", milestones, "at least one step");
    for (const milestone of milestones) this.expectInteger("milestones", milestone);
    this.expectPositive("gamma", gamma);
    this.#milestones = [...milestones];
    this.#gamma = gamma;
  }

  override rate(step: number, base: number): number {
    return base * this.#gamma ** this.#milestones.filter((milestone) => milestone <= step).length;
  }

  override settings(): Readonly<Record<string, unknown>> {
    return { schedule: this.name, milestones: this.#milestones, gamma: this.#gamma };
  }
}

/** base · gamma^t */
export class ExponentialLR extends LRScheduler {
  readonly #gamma: number;

  /** @param gamma what the rate is multiplied by in every step, > 0 */
  constructor(gamma: number) {
    super("ExponentialLR");
    this.expectPositive("gamma", gamma);
    this.#gamma = gamma;
  }

  override rate(step: number, base: number): number {
    return base * this.#gamma ** step;
  }

  override settings(): Readonly<Record<string, unknown>> {
    return { schedule: this.name, gamma: this.#gamma };
  }
}

export interface PolynomialOptions {
  /** steps until the rate is 0, ≥ 1; default 5 */
  totalIters?: number | undefined;
  /** > 0; default 1 */
  power?: number | undefined;
}

/** base · (1 − min(t, totalIters) / totalIters)^power */
export class PolynomialLR extends LRScheduler {
  readonly #totalIters: number;
  readonly #power: number;

  constructor({ totalIters = 5, power = 1 }: PolynomialOptions = {}) {
    super("PolynomialLR");
    this.expectInteger("totalIters", totalIters);
    this.expectPositive("power", power);
    this.#totalIters = totalIters;
    this.#power = power;
  }

  override rate(step: number, base: number): number {
    return base * (1 - Math.min(step, this.#totalIters) / this.#totalIters) ** this.#power;
  }

  override settings(): Readonly<Record<string, unknown>> {
    return { schedule: this.name, totalIters: this.#totalIters, power: this.#power };
  }
}

export interface LinearOptions {
  /** the first share of the rate, in (0, 1]; default 1/3 */
  startFactor?: number | undefined;
  /** the last, in [0, 1]; default 1 */
  endFactor?: number | undefined;
  /** steps between them, ≥ 1; default 5 */
  totalIters?: number | undefined;
}

/** A share of the base that goes from startFactor to endFactor in equal steps: warming up. */
export class LinearLR extends LRScheduler {
  readonly #start: number;
  readonly #end: number;
  readonly #totalIters: number;

  constructor({ startFactor = 1 / 3, endFactor = 1, totalIters = 5 }: LinearOptions = {}) {
    super("LinearLR");
    if (!(startFactor > 0 && startFactor <= 1)) this.refuse("startFactor", startFactor, "a number in (0, 1]");
    if (!(endFactor >= 0 && endFactor <= 1)) this.refuse("endFactor", endFactor, "a number in [0, 1]");
    this.expectInteger("totalIters", totalIters);
    this.#start = startFactor;
    this.#end = endFactor;
    this.#totalIters = totalIters;
  }

  override rate(step: number, base: number): number {
    const done = Math.min(step, this.#totalIters) / this.#totalIters;
    return base * (this.#start + (this.#end - this.#start) * done);
  }

  override settings(): Readonly<Record<string, unknown>> {
    return {
      schedule: this.name,
      startFactor: this.#start,
      endFactor: this.#end,
      totalIters: this.#totalIters,
    };
  }
}

/** etaMin + (base − etaMin) · (1 + cos(π · t / tMax)) / 2 (Loshchilov and Hutter 2017) */
export class CosineAnnealingLR extends LRScheduler {
  readonly #tMax: number;
  readonly #etaMin: number;

  /**
   * @param tMax steps from the highest rate to the lowest, ≥ 1; it rises again afterwards
   * @param etaMin the lowest rate, ≥ 0; default 0
   */
  constructor(tMax: number, { etaMin = 0 }: { etaMin?: number | undefined } = {}) {
    super("CosineAnnealingLR");
    this.expectInteger("tMax", tMax);
    this.expectPositive("etaMin", etaMin, true);
    this.#tMax = tMax;
    this.#etaMin = etaMin;
  }

  override rate(step: number, base: number): number {
    return this.#etaMin + ((base - this.#etaMin) * (1 + Math.cos((Math.PI * step) / this.#tMax))) / 2;
  }

  override settings(): Readonly<Record<string, unknown>> {
    return { schedule: this.name, tMax: this.#tMax, etaMin: this.#etaMin };
  }
}

export interface OneCycleOptions {
  /** steps of the whole cycle, ≥ 2 */
  totalSteps: number;
  /** the highest rate, > 0; default: the optimiser's own */
  maxLr?: number | undefined;
  /** share of the steps in which the rate rises, in [0, 1]; default 0.3 */
  pctStart?: number | undefined;
  /** default "cos" */
  annealStrategy?: "cos" | "linear" | undefined;
  /** the first rate is maxLr / divFactor; > 0; default 25 */
  divFactor?: number | undefined;
  /** the last rate is the first / finalDivFactor; > 0; default 10⁴ */
  finalDivFactor?: number | undefined;
}

/** Up to maxLr and down to almost nothing (Smith and Topin 2019). Momentum stays as it is: PyTorch's cycle_momentum=False. */
export class OneCycleLR extends LRScheduler {
  readonly #options: Complete<Omit<OneCycleOptions, "maxLr">>;
  readonly #maxLr: number | undefined;

  constructor(options: OneCycleOptions) {
    super("OneCycleLR");
    const { totalSteps, maxLr, pctStart = 0.3, annealStrategy = "cos" } = options;
    const { divFactor = 25, finalDivFactor = 1e4 } = options;
    this.expectInteger("totalSteps", totalSteps, 2);
    if (maxLr !== undefined) this.expectPositive("maxLr", maxLr);
    if (!(pctStart >= 0 && pctStart <= 1)) this.refuse("pctStart", pctStart, "a number in [0, 1]");
    if (annealStrategy !== "cos" && annealStrategy !== "linear") {
      this.refuse("annealStrategy", annealStrategy, '"cos" or "linear"');
    }
    this.expectPositive("divFactor", divFactor);
    this.expectPositive("finalDivFactor", finalDivFactor);
    this.#options = { totalSteps, pctStart, annealStrategy, divFactor, finalDivFactor };
    this.#maxLr = maxLr;
  }

  override rate(step: number, base: number): number {
    const { totalSteps, pctStart, annealStrategy, divFactor, finalDivFactor } = this.#options;
    const highest = this.#maxLr ?? base;
    const first = highest / divFactor;
    const last = first / finalDivFactor;
    const peak = pctStart * totalSteps - 1;
    const end = totalSteps - 1;
    const between = annealStrategy === "cos" ? cosineBetween : linearBetween;
    // PyTorch refuses to go on; here the last rate stays
    const now = Math.min(step, end);
    if (now <= peak) return between(first, highest, now / peak);
    return between(highest, last, (now - peak) / (end - peak));
  }

  override settings(): Readonly<Record<string, unknown>> {
    return { schedule: this.name, maxLr: this.#maxLr ?? "base", ...this.#options };
  }
}

function cosineBetween(from: number, to: number, done: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * done));
}

function linearBetween(from: number, to: number, done: number): number {
  return from + (to - from) * done;
}

/** base · factor(t) for any function */
export class LambdaLR extends LRScheduler {
  readonly #factor: (step: number) => number;

  /** @param factor of the steps made before; each value ≥ 0. It has to depend on nothing else for a run to be resumed */
  constructor(factor: (step: number) => number) {
    super("LambdaLR");
    this.#factor = factor;
  }

  override rate(step: number, base: number): number {
    const factor = this.#factor(step);
    if (!(factor >= 0)) this.refuse(`factor at step ${step}`, factor, "at least 0");
    return base * factor;
  }

  override settings(): Readonly<Record<string, unknown>> {
    return { schedule: this.name, factor: String(this.#factor) };
  }
}
