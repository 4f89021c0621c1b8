// Summaries of a few timings.

/** The value below which the share `q` of the sorted numbers lies, between neighbours in proportion. */
export function quantile(numbers, q) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

export const median = (numbers) => quantile(numbers, 0.5);

export function summarize(numbers) {
  return {
    count: numbers.length,
    min: quantile(numbers, 0),
    median: quantile(numbers, 0.5),
    p95: quantile(numbers, 0.95),
  };
}

/** The median of the ratios of paired numbers, and the middle half of them; pairs end where the shorter list does. */
export function summarizeRatios(numerators, denominators) {
  const pairs = Math.min(numerators.length, denominators.length);
  const ratios = Array.from({ length: pairs }, (_, index) => numerators[index] / denominators[index]);
  return { median: quantile(ratios, 0.5), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) };
}
