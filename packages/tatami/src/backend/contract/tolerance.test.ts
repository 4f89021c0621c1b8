import { describe, expect, it } from "vitest";
import { opcode } from "../../program/elementwise.ts";
import { kernelNames } from "../../program/kernel-table.ts";
import { forward } from "./cases/convolution.ts";
import { contractCases } from "./cases/index.ts";
import { difference, scaleOf, tolerances } from "./tolerance.ts";
import { floats, ints } from "./values.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

describe("difference(found, expected, relative, scale)", () => {
  it("is null within the tolerance, relative to the larger of value and scale", () => {
    expect(difference(floats(100.5), floats(100), 0.01, 1)).toBeNull();
    expect(difference(floats(0.005), floats(0), 0.01, 1)).toBeNull();
    expect(difference(floats(nan, infinity, -0), floats(nan, infinity, 0), 0, 0)).toBeNull();
  });

  it("names the first element outside the tolerance", () => {
    expect(difference(floats(1, 2.5), floats(1, 2), 0.1, 1)).toBe("element 1: got 2.5, expected 2 within 0.2");
  });

  it("does not take a number for NaN, NaN for a number, or one infinity for the other", () => {
    for (const [found, expected] of [
      [1, nan],
      [nan, 1],
      [-infinity, infinity],
      [3e38, infinity],
    ]) {
      expect(difference(floats(found), floats(expected), 1, 1)).toContain("element 0");
    }
  });

  it("compares integers exactly and lengths first", () => {
    expect(difference(ints(1001), ints(1000), 0.1, 1)).toContain("element 0");
    expect(difference(ints(1), ints(1, 2), 0, 0)).toBe("length: got 1, expected 2");
  });
});

describe("scaleOf(tolerance, kernel, call)", () => {
  it("is the largest sum of absolute terms, before the activation", async () => {
    const shape = { image: [1, 2], kernel: [1, 2] } as const;
    const call = {
      ...forward(shape, { x: floats(3, -3), w: floats(1, 1) }),
      bias: floats(-2),
      activation: opcode("relu"),
    };
    expect(await scaleOf(tolerances.conv2d, "conv2d", call)).toBe(8);
  });
});

describe("contractCases", () => {
  it.each(kernelNames)("has cases of %s with golden values and titles of their own", (kernel) => {
    const cases = contractCases[kernel];
    expect(cases.some(({ golden, stoppedBy }) => golden !== undefined || stoppedBy !== undefined)).toBe(true);
    expect(new Set(cases.map(({ title }) => title)).size).toBe(cases.length);
  });
});
