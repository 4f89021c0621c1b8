// What all learning-rate schedules are: the rate of each step as a function of that step and of the optimiser's own rate.
// Closed forms, so that a run can go on anywhere; what has to remember something (plateau.ts) says what.
import { OptionError } from "../shape/errors.ts";
import type { Optimizer, OptimizerOptions } from "./optimizer.ts";

/** What a schedule has to remember: plain data for a checkpoint. */
export type SchedulerState = null | number | { readonly [name: string]: number } | readonly SchedulerState[];

export abstract class LRScheduler {
  /** as PyTorch calls it */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /**
   * @param step steps made before this one, ≥ 0
   * @param base the optimiser's own learning rate
   */
  abstract rate(step: number, base: number): number;

  /** What two schedules have to agree on for one to go on as the other: names and numbers. */
  abstract settings(): Readonly<Record<string, unknown>>;

  /** Takes a metric that was measured; most schedules do not care. */
  observe(_metrics: Readonly<Record<string, number>>): void {}

  /** What it remembers; null for nothing. */
  get state(): SchedulerState {
    return null;
  }

  /** @throws OptionError for what is no state of such a schedule */
  set state(state: SchedulerState) {
    if (state !== null) this.refuse("state", state, "null");
  }

  /**
   * Gives an optimiser the rates of a step. `fit` does so before every step.
   * @param bases the optimiser's own learning rates, one a group
   */
  apply(optimizer: Optimizer<OptimizerOptions>, step: number, bases: readonly number[]): void {
    optimizer.learningRates = bases.map((base) => this.rate(step, base));
  }

  /** @throws OptionError always */
  protected refuse(option: string, value: unknown, expected: string): never {
    const got = typeof value === "object" ? JSON.stringify(value) : String(value);
    throw new OptionError(`${this.name}: ${option} is out of range, got ${got}, expected ${expected}`, option, value);
  }

  /** @throws OptionError unless it is an integer ≥ minimum */
  protected expectInteger(option: string, value: number, minimum = 1): void {
    if (!Number.isSafeInteger(value) || value < minimum) {
      this.refuse(option, value, `an integer of at least ${minimum}`);
    }
  }

  /** @throws OptionError unless it is a finite number > 0, or ≥ 0 with `orZero` */
  protected expectPositive(option: string, value: number, orZero = false): void {
    if (!Number.isFinite(value) || value < 0 || (value === 0 && !orZero)) {
      this.refuse(option, value, orZero ? "at least 0" : "more than 0");
    }
  }
}
