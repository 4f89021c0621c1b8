import { describe, expect, it } from "vitest";
import { erf } from "./erf.ts";

describe("erf(x)", () => {
  // Abramowitz and Stegun, table 7.1, and its continuation to 16 digits
  it.each([
    [0, 0],
    [1e-8, 1.1283791670955126e-8],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
    [4, 0.9999999845827421],
  ])("of %d is %d", (x, expected) => {
    expect(Math.abs(erf(x) - expected)).toBeLessThanOrEqual(4e-16 + 4e-16 * expected);
    expect(erf(-x)).toBe(-erf(x));
  });

  it("is ±1 far out and NaN for NaN", () => {
    expect(erf(Number.POSITIVE_INFINITY)).toBe(1);
    expect(erf(-40)).toBe(-1);
    expect(erf(Number.NaN)).toBeNaN();
  });

  it("does not jump where the series hands over to the continued fraction", () => {
    const step = 1e-9;
    const slope = (erf(2.5 + step / 2) - erf(2.5 - step / 2)) / step;
    expect(slope).toBeCloseTo((2 / Math.sqrt(Math.PI)) * Math.exp(-6.25), 5);
  });
});
