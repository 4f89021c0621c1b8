import { describe, expect, it } from "vitest";
import { classificationMetrics } from "./classification-metrics.ts";

describe("classificationMetrics(labels, predicted, probabilities)", () => {
  const labels = [0, 0, 1, 1];
  const predicted = [0, 1, 1, 1];
  const probabilities = [0.9, 0.1, 0.4, 0.6, 0.2, 0.8, 0.35, 0.65];

  it("counts what was found, what was right and what was confused", () => {
    const { accuracy, classes, confusion } = classificationMetrics(labels, predicted, probabilities);
    expect(accuracy).toBe(0.75);
    expect(confusion).toEqual([
      [1, 1],
      [0, 2],
    ]);
    expect(classes).toEqual([
      { count: 2, recall: 0.5, precision: 1 },
      { count: 2, recall: 1, precision: 2 / 3 },
    ]);
  });

  it("weighs the gap of each bin by its guesses", () => {
    const { calibrationError, bins } = classificationMetrics(labels, predicted, probabilities);
    // (.5, .6]: .6 sure, wrong; (.6, .7]: .65, right; (.7, .8]: .8, right; (.8, .9]: .9, right
    expect(calibrationError).toBeCloseTo((0.6 + 0.35 + 0.2 + 0.1) / 4, 12);
    expect(bins.map(({ count }) => count)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 0]);
    expect(bins[5]).toMatchObject({ accuracy: 0, confidence: 0.6 });
    expect(bins[0]).toMatchObject({ accuracy: null, confidence: null });
  });

  it("has no share of nothing", () => {
    const { classes, calibrationError } = classificationMetrics([0], [0], [1, 0, 0]);
    expect(classes[2]).toEqual({ count: 0, recall: null, precision: null });
    expect(calibrationError).toBe(0);
  });
});
