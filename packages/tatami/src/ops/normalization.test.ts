import { describe, expect, it } from "vitest";
import { full, zeros } from "./leaf.ts";
import { batchNorm, batchStatistics } from "./normalization.ts";
import { refusal } from "./refusal.ts";

const images = zeros([2, 3, 5, 4]);
const rows = zeros([2, 3]);

describe("batchStatistics", () => {
  it("batchStatistics(x) has a mean and a variance per channel", () => {
    for (const x of [images, rows]) {
      const { mean, variance } = batchStatistics(x);
      expect([mean.shape, variance.shape]).toEqual([[3], [3]]);
    }
  });

  it("batchStatistics(x) refuses other layouts and integers", () => {
    expect(() => batchStatistics(zeros([2, 3, 4]))).toThrow(
      refusal(
        "ShapeError",
        "batchStatistics: x has the wrong number of axes, got [2, 3, 4], expected [N, C] or [N, C, H, W]",
      ),
    );
    expect(() => batchStatistics(full([2, 3], 1, "int32"))).toThrow(
      refusal("DTypeError", "batchStatistics: x has the wrong dtype, got int32, expected float32"),
    );
  });
});

describe("batchNorm", () => {
  it("batchNorm(x, options) keeps the shape", () => {
    for (const x of [images, rows]) {
      expect(batchNorm(x, batchStatistics(x)).shape).toEqual(x.shape);
      expect(batchNorm(x, { ...batchStatistics(x), gamma: zeros([3]), beta: zeros([3]) }).shape).toEqual(x.shape);
    }
  });

  it("batchNorm(x, options) refuses what is not one number per channel", () => {
    const statistics = batchStatistics(rows);
    expect(() => batchNorm(rows, { ...statistics, gamma: zeros([2]) })).toThrow(
      refusal("ShapeError", "batchNorm: gamma has the wrong shape, got [2], expected [3]"),
    );
    expect(() => batchNorm(rows, { ...statistics, variance: zeros([1, 3]) })).toThrow(
      refusal("ShapeError", "batchNorm: variance has the wrong shape, got [1, 3], expected [3]"),
    );
  });
});
