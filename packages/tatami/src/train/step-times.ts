// How long the steps took.

export interface StepTimes {
  readonly min: number;
  readonly median: number;
  /** 95 % of the steps took no longer */
  readonly p95: number;
}

/** @param milliseconds one number a step; without any all three are NaN */
export function stepTimes(milliseconds: Float64Array): StepTimes {
  const sorted = milliseconds.toSorted();
  const quantile = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { min: quantile(0), median: quantile(0.5), p95: quantile(0.95) };
}
