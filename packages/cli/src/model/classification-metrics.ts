// How good guesses are: accuracy, precision and recall by class, confusions, and whether probabilities mean what they say.

export interface ClassMetrics {
  /** images of the class */
  readonly count: number;
  /** share of them that were found; null where there are none */
  readonly recall: number | null;
  /** share of the guesses for it that were right; null where there are none */
  readonly precision: number | null;
}

export interface CalibrationBin {
  /** guesses whose probability lies in (from, to] */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** share that is right; null in an empty bin */
  readonly accuracy: number | null;
  /** mean probability; null in an empty bin */
  readonly confidence: number | null;
}

export interface ClassificationMetrics {
  readonly images: number;
  readonly accuracy: number;
  /** [K] */
  readonly classes: readonly ClassMetrics[];
  /** [K, K]: row the true class, column the guess */
  readonly confusion: readonly (readonly number[])[];
  /** expected calibration error in [0, 1], over the bins (Guo et al. 2017, equation 3) */
  readonly calibrationError: number;
  readonly bins: readonly CalibrationBin[];
}

const binCount = 10;

/**
 * @param labels [N], true classes in [0, K)
 * @param predicted [N], guessed ones
 * @param probabilities [N, K], row-major
 */
export function classificationMetrics(
  labels: ArrayLike<number>,
  predicted: ArrayLike<number>,
  probabilities: ArrayLike<number>,
): ClassificationMetrics {
  const images = labels.length;
  const classes = probabilities.length / images;
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const bins = Array.from({ length: binCount }, () => ({ count: 0, right: 0, confidence: 0 }));
  for (let index = 0; index < images; index++) {
    const guess = predicted[index];
    confusion[labels[index]][guess]++;
    const confidence = probabilities[index * classes + guess];
    const bin = bins[Math.min(binCount - 1, Math.max(0, Math.ceil(confidence * binCount) - 1))];
    bin.count++;
    bin.confidence += confidence;
    if (guess === labels[index]) bin.right++;
  }
  const gap = bins.reduce((sum, { right, confidence }) => sum + Math.abs(right - confidence), 0);
  return {
    images,
    accuracy: confusion.reduce((sum, row, index) => sum + row[index], 0) / images,
    classes: confusion.map((row, index) => {
      const count = row.reduce((sum, value) => sum + value, 0);
      const guesses = confusion.reduce((sum, other) => sum + other[index], 0);
      return { count, recall: ratio(row[index], count), precision: ratio(row[index], guesses) };
    }),
    confusion,
    calibrationError: gap / images,
    bins: bins.map(({ count, right, confidence }, index) => ({
      from: index / binCount,
      to: (index + 1) / binCount,
      count,
      accuracy: ratio(right, count),
      confidence: ratio(confidence, count),
    })),
  };
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
