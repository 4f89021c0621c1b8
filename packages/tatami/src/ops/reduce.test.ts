import { describe, expect, it } from "vitest";
import { full, zeros } from "./leaf.ts";
import { argMax, max, mean, min, variance } from "./reduce.ts";
import { refusal } from "./refusal.ts";

const x = zeros([2, 3, 4]);
const reductions = { mean, variance, max, min, argMax };

describe.each(Object.entries(reductions))("%s", (name, reduce) => {
  it(`${name}(x, axes, {keepDims}) drops the axes or leaves them with size 1`, () => {
    expect(reduce(x).shape).toEqual([]);
    expect(reduce(x, -1).shape).toEqual([2, 3]);
    expect(reduce(x, [2, 0]).shape).toEqual([3]);
    expect(reduce(x, [0, 2], { keepDims: true }).shape).toEqual([1, 3, 1]);
    expect(reduce(zeros([])).shape).toEqual([]);
  });

  it(`${name}(x, axes) refuses axes out of range, axes named twice and integers`, () => {
    expect(() => reduce(x, -4)).toThrow(
      refusal("OptionError", `${name}: axis is out of range, got -4, expected an integer from -3 to 2`),
    );
    expect(() => reduce(x, [1, 1])).toThrow(
      refusal("OptionError", `${name}: axes repeat, got [1, 1], expected each axis once`),
    );
    expect(() => reduce(full([2], 1, "int32"))).toThrow(
      refusal("DTypeError", `${name}: x has the wrong dtype, got int32, expected float32`),
    );
  });
});

describe.each(Object.entries({ max, min, argMax }))("%s", (name, reduce) => {
  it(`${name}(x, axis) refuses an axis of size 0`, () => {
    expect(() => reduce(zeros([2, 0]), 1)).toThrow(
      refusal("ShapeError", `${name}: nothing to choose from, got [2, 0] over axes [1], expected sizes of at least 1`),
    );
  });
});

describe("argMax", () => {
  it("argMax(x) gives int32", () => {
    expect(argMax(x, 1).dtype).toBe("int32");
    expect(argMax(x, [0, 1]).dtype).toBe("int32");
  });
});

describe("variance", () => {
  it("variance(x, axes, {correction}) refuses a negative correction", () => {
    expect(() => variance(x, 0, { correction: -1 })).toThrow(
      refusal("OptionError", "variance: correction is out of range, got -1, expected at least 0"),
    );
  });
});
