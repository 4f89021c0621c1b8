// Ends a run whose metric has stopped getting better. Counts evaluations; what it counted is part of a checkpoint.
import type { Complete } from "../optim/optimizer.ts";
import { OptionError } from "../shape/errors.ts";
import type { Evaluation } from "./evaluate.ts";

export interface EarlyStoppingOptions {
  /** what is watched, by the name evaluations give it; default "loss" */
  metric?: string | undefined;
  /** whether less or more of it is better; default "min" for "loss", else "max" */
  mode?: "min" | "max" | undefined;
  /** evaluations without improvement after which the run ends, ≥ 1 */
  patience: number;
  /** a smaller improvement is none, ≥ 0; default 0 */
  minDelta?: number | undefined;
}

export class EarlyStopping {
  readonly settings: Complete<EarlyStoppingOptions>;
  /** plain data for a checkpoint */
  state: { best: number | null; waited: number } = { best: null, waited: 0 };

  /** @throws OptionError for an option out of range */
  constructor({ metric = "loss", mode, patience, minDelta = 0 }: EarlyStoppingOptions) {
    const refuse = (option: string, value: unknown, expected: string): never => {
      throw new OptionError(
        `fit: earlyStopping.${option} is out of range, got ${value}, expected ${expected}`,
        option,
        value,
      );
    };
    if (!Number.isSafeInteger(patience) || patience < 1) refuse("patience", patience, "an integer of at least 1");
    if (!(minDelta >= 0)) refuse("minDelta", minDelta, "at least 0");
    if (mode !== undefined && mode !== "min" && mode !== "max") refuse("mode", mode, '"min" or "max"');
    this.settings = { metric, mode: mode ?? (metric === "loss" ? "min" : "max"), patience, minDelta };
  }

  /** Whether the run is to end. */
  get due(): boolean {
    return this.state.waited >= this.settings.patience;
  }

  /** @throws OptionError where the metric is not among those measured */
  observe(metrics: Evaluation): void {
    const { metric, mode, minDelta } = this.settings;
    if (!Object.hasOwn(metrics, metric)) {
      const known = Object.keys(metrics).join(", ");
      throw new OptionError(
        `fit: earlyStopping.metric is unknown, got ${metric}, expected one of ${known}`,
        "metric",
        metric,
      );
    }
    const value = metrics[metric];
    const { best, waited } = this.state;
    const better = best === null || (mode === "min" ? value < best - minDelta : value > best + minDelta);
    // a first value that is NaN is no best: everything would be as good
    if (better && !Number.isNaN(value)) this.state = { best: value, waited: 0 };
    else this.state = { best, waited: waited + 1 };
  }
}
