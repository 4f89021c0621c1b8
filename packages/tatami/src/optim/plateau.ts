// Lower the learning rate where a metric has stopped getting better: PyTorch's ReduceLROnPlateau.
import type { Complete } from "./optimizer.ts";
import { LRScheduler, type SchedulerState } from "./scheduler.ts";

export interface PlateauOptions {
  /** what is watched, by the name evaluations give it; default "loss" */
  metric?: string | undefined;
  /** whether less or more of it is better; default "min" */
  mode?: "min" | "max" | undefined;
  /** what the rate is multiplied by, in (0, 1); default 0.1 */
  factor?: number | undefined;
  /** evaluations without improvement that are put up with, ≥ 0; default 10 */
  patience?: number | undefined;
  /** what is no improvement: relative to the best, or absolute; ≥ 0; default 1e-4 */
  threshold?: number | undefined;
  /** default "rel" */
  thresholdMode?: "rel" | "abs" | undefined;
  /** evaluations after a fall in which nothing is counted, ≥ 0; default 0 */
  cooldown?: number | undefined;
  /** the rate falls no further, ≥ 0; default 0 */
  minLr?: number | undefined;
  /** a smaller fall is none, ≥ 0; default 1e-8 */
  eps?: number | undefined;
}

export class ReduceLROnPlateau extends LRScheduler {
  readonly #options: Complete<PlateauOptions>;
  #best: number;
  #bad = 0;
  #cooling = 0;
  #falls = 0;

  /** Falls after `patience` evaluations without improvement. @throws OptionError for an option out of range */
  constructor(options: PlateauOptions = {}) {
    super("ReduceLROnPlateau");
    const { metric = "loss", mode = "min", factor = 0.1, patience = 10, threshold = 1e-4 } = options;
    const { thresholdMode = "rel", cooldown = 0, minLr = 0, eps = 1e-8 } = options;
    if (mode !== "min" && mode !== "max") this.refuse("mode", mode, '"min" or "max"');
    if (thresholdMode !== "rel" && thresholdMode !== "abs") {
      this.refuse("thresholdMode", thresholdMode, '"rel" or "abs"');
    }
    if (!(factor > 0 && factor < 1)) this.refuse("factor", factor, "a number in (0, 1)");
    this.expectInteger("patience", patience, 0);
    this.expectInteger("cooldown", cooldown, 0);
    this.expectPositive("threshold", threshold, true);
    this.expectPositive("minLr", minLr, true);
    this.expectPositive("eps", eps, true);
    this.#options = { metric, mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps };
    this.#best = mode === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  override rate(_step: number, base: number): number {
    const { factor, minLr, eps } = this.#options;
    let rate = base;
    for (let fall = 0; fall < this.#falls; fall++) {
      const lower = Math.max(rate * factor, minLr);
      if (rate - lower > eps) rate = lower;
    }
    return rate;
  }

  /** @throws OptionError where the metric is not among those measured */
  override observe(metrics: Readonly<Record<string, number>>): void {
    const { metric, patience, cooldown } = this.#options;
    if (!Object.hasOwn(metrics, metric)) {
      this.refuse("metric", metric, `one of ${Object.keys(metrics).join(", ")}`);
    }
    const value = metrics[metric];
    if (this.#isBetter(value)) {
      this.#best = value;
      this.#bad = 0;
    } else this.#bad++;
    if (this.#cooling > 0) {
      this.#cooling--;
      this.#bad = 0;
    }
    if (this.#bad > patience) {
      this.#falls++;
      this.#cooling = cooldown;
      this.#bad = 0;
    }
  }

  override get state(): SchedulerState {
    return { best: this.#best, bad: this.#bad, cooling: this.#cooling, falls: this.#falls };
  }

  override set state(state: SchedulerState) {
    if (state === null || typeof state !== "object" || Array.isArray(state)) {
      this.refuse("state", state, "best, bad, cooling and falls");
    }
    const { best, bad, cooling, falls } = state as Readonly<Record<string, number>>;
    if (typeof best !== "number") this.refuse("best", best, "a number");
    for (const [name, count] of Object.entries({ bad, cooling, falls })) this.expectInteger(name, count, 0);
    this.#best = best;
    this.#bad = bad;
    this.#cooling = cooling;
    this.#falls = falls;
  }

  override settings(): Readonly<Record<string, unknown>> {
    return { schedule: this.name, ...this.#options };
  }

  #isBetter(value: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options;
    const best = this.#best;
    if (mode === "min") return value < (thresholdMode === "rel" ? best * (1 - threshold) : best - threshold);
    return value > (thresholdMode === "rel" ? best * (1 + threshold) : best + threshold);
  }
}
