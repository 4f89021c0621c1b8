// How long the steps of a run took.

export interface StepTimes {
  readonly min: number;
  readonly median: number;
  /** 95 % of the steps took no longer */
  readonly p95: number;
}

/** Collects a number a step; its memory doubles now and then, so that a run need not be paid for before it is made. */
export class StepClock {
  #milliseconds = new Float64Array(1024);
  #steps = 0;

  add(milliseconds: number): void {
    if (this.#steps === this.#milliseconds.length) {
      const longer = new Float64Array(this.#steps * 2);
      longer.set(this.#milliseconds);
      this.#milliseconds = longer;
    }
    this.#milliseconds[this.#steps++] = milliseconds;
  }

  /** In milliseconds; all NaN without a step. */
  times(): StepTimes {
    const sorted = this.#milliseconds.slice(0, this.#steps).sort();
    const quantile = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
    return { min: quantile(0), median: quantile(0.5), p95: quantile(0.95) };
  }
}
