// What the values of an array are like, in a line.

export interface Statistics {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  /** of all values, not of a sample of them */
  readonly std: number;
  /** NaN and infinities, which the others leave out */
  readonly notFinite: number;
}

/** null where no value is finite */
export function statisticsOf(values: Iterable<number>): Statistics | null {
  let [count, notFinite, min, max, mean, squares] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) {
      notFinite++;
      continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
    // Welford 1962: no cancellation where the mean is far from 0
    const apart = value - mean;
    mean += apart / ++count;
    squares += apart * (value - mean);
  }
  return count === 0 ? null : { min, mean, max, std: Math.sqrt(squares / count), notFinite };
}
