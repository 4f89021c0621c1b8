// Schedules made of schedules: one after the other, or all at once. They compose with each other and with ReduceLROnPlateau.
import { LRScheduler, type SchedulerState } from "./scheduler.ts";

abstract class Composed extends LRScheduler {
  protected readonly parts: readonly LRScheduler[];

  constructor(name: string, parts: readonly LRScheduler[]) {
    super(name);
    if (parts.length === 0) this.refuse("schedules", "none", "at least one");
    this.parts = [...parts];
  }

  override observe(metrics: Readonly<Record<string, number>>): void {
    for (const part of this.parts) part.observe(metrics);
  }

  override get state(): SchedulerState {
    const states = this.parts.map((part) => part.state);
    return states.every((state) => state === null) ? null : states;
  }

  override set state(state: SchedulerState) {
    const states = state === null ? this.parts.map(() => null) : state;
    if (!Array.isArray(states) || states.length !== this.parts.length) {
      this.refuse("state", state, `one for each of ${this.parts.length} schedules`);
    }
    this.parts.forEach((part, index) => {
      part.state = (states as readonly SchedulerState[])[index];
    });
  }
}

/** One schedule after the other; each counts its steps from where it begins. A warm-up before anything: LinearLR first. */
export class SequentialLR extends Composed {
  readonly #milestones: readonly number[];

  /**
   * @param schedules at least one
   * @param milestones the steps at which the next one begins, ascending, one fewer than schedules
   */
  constructor(schedules: readonly LRScheduler[], milestones: readonly number[]) {
    super("SequentialLR", schedules);
    const ascend = milestones.every((milestone, index) => index === 0 || milestone > milestones[index - 1]);
    if (milestones.length !== schedules.length - 1 || !ascend) {
      this.refuse(
        "milestones",
        milestones,
        `${schedules.length - 1} ascending steps for ${schedules.length} schedules`,
      );
    }
    for (const milestone of milestones) this.expectInteger("milestones", milestone);
    this.#milestones = [...milestones];
  }

  override rate(step: number, base: number): number {
    const index = this.#milestones.filter((milestone) => milestone <= step).length;
    return this.parts[index].rate(index === 0 ? step : step - this.#milestones[index - 1], base);
  }

  override settings(): Readonly<Record<string, unknown>> {
    const schedules = this.parts.map((part) => part.settings());
    return { schedule: this.name, schedules, milestones: this.#milestones };
  }
}

/** All schedules at once, each taking the rate of the one before as its base: factors multiply. */
export class ChainedScheduler extends Composed {
  /** @param schedules at least one */
  constructor(schedules: readonly LRScheduler[]) {
    super("ChainedScheduler", schedules);
  }

  override rate(step: number, base: number): number {
    return this.parts.reduce((rate, part) => part.rate(step, rate), base);
  }

  override settings(): Readonly<Record<string, unknown>> {
    return { schedule: this.name, schedules: this.parts.map((part) => part.settings()) };
  }
}
