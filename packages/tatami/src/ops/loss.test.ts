import { describe, expect, it } from "vitest";
import { full, tensor, zeros } from "./leaf.ts";
import { crossEntropy, meanSquaredError, type Reduction } from "./loss.ts";
import { refusal } from "./refusal.ts";

const logits = zeros([3, 10]);
const labels = tensor(Int32Array.of(1, 2, 3));

describe("crossEntropy", () => {
  it("crossEntropy(logits, labels, {reduction}) is a scalar unless told otherwise", () => {
    expect(crossEntropy(logits, labels).shape).toEqual([]);
    expect(crossEntropy(logits, labels, { reduction: "sum" }).shape).toEqual([]);
    expect(crossEntropy(logits, labels, { reduction: "none" }).shape).toEqual([3]);
  });

  it("crossEntropy(logits, labels) refuses what does not fit", () => {
    expect(() => crossEntropy(zeros([10]), labels)).toThrow(
      refusal("ShapeError", "crossEntropy: logits has the wrong number of axes, got [10], expected [N, K]"),
    );
    expect(() => crossEntropy(zeros([4, 10]), labels)).toThrow(
      refusal("ShapeError", "crossEntropy: labels has the wrong shape, got [3], expected [4]"),
    );
    expect(() => crossEntropy(logits, zeros([3]))).toThrow(
      refusal("DTypeError", "crossEntropy: labels has the wrong dtype, got float32, expected int32"),
    );
    expect(() => crossEntropy(full([3, 10], 1, "int32"), labels)).toThrow(
      refusal("DTypeError", "crossEntropy: logits has the wrong dtype, got int32, expected float32"),
    );
    expect(() => crossEntropy(logits, labels, { reduction: "average" as Reduction })).toThrow(
      refusal("OptionError", 'crossEntropy: reduction is unknown, got "average", expected "mean", "sum" or "none"'),
    );
  });
});

describe("meanSquaredError", () => {
  it("meanSquaredError(prediction, target, {reduction}) is a scalar unless told otherwise", () => {
    expect(meanSquaredError(logits, zeros([3, 10])).shape).toEqual([]);
    expect(meanSquaredError(logits, zeros([3, 10]), { reduction: "none" }).shape).toEqual([3, 10]);
  });

  it("meanSquaredError(prediction, target) does not broadcast", () => {
    expect(() => meanSquaredError(zeros([3, 1]), zeros([3]))).toThrow(
      refusal("ShapeError", "meanSquaredError: target has the wrong shape, got [3], expected [3, 1]"),
    );
  });
});
