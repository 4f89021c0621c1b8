import { expect, it } from "vitest";
import { linearScale, logScale, roundTicks, shareScale, short } from "./chart-scale.ts";

it("shareScale(values) goes from the tenth below the smallest to 1", () => {
  const scale = shareScale([0.83, 0.9]);
  expect([scale.place(0.8), scale.place(1)].map((place) => Number(place.toFixed(9)))).toEqual([0, 1]);
  expect(scale.ticks(10)).toEqual([1, 0.9, 0.8]);
  expect([scale.tickText(0.9), scale.endText(0.9564)]).toEqual([".9", ".956"]);
});

it("linearScale(values) has its extremes at the ends, and room where they are equal", () => {
  const scale = linearScale([-2, 6]);
  expect([scale.place(-2), scale.place(2), scale.place(6)]).toEqual([0, 0.5, 1]);
  expect(linearScale([3, 3]).place(3)).toBe(0);
  expect(linearScale([Number.NaN]).ticks(9)).toEqual([0, 0.5, 1]);
});

it("logScale(values) has a place for each order of magnitude, and the bottom for what is not positive", () => {
  const scale = logScale([0, 0.002, 30]);
  expect([scale.place(0.001), scale.place(100), scale.place(0)]).toEqual([0, 1, 0]);
  expect(scale.ticks(12).map((tick) => short(tick))).toEqual([".001", ".01", ".1", "1", "10", "100"]);
  expect(logScale([1e-30, 1]).ticks(10).length).toBeLessThanOrEqual(6);
});

it("short(value) takes few letters", () => {
  expect([0, 1, 12, 3.42, 0.056, -0.5, 1234, 0.0000001, 123456].map(short)).toEqual([
    "0",
    "1",
    "12",
    "3.42",
    ".056",
    "-.5",
    "1234",
    "1e-7",
    "1e5",
  ]);
});

it("roundTicks(low, high, count) are round numbers between the two", () => {
  expect(roundTicks(1, 7, 6)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(roundTicks(10, 300, 6)).toEqual([50, 100, 150, 200, 250, 300]);
  expect(roundTicks(-0.3, 0.31, 5).map((tick) => Number(tick.toFixed(9)))).toEqual([-0.2, 0, 0.2]);
});
