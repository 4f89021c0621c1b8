import { expect, it } from "vitest";
import { StepClock } from "./step-times.ts";

function timesOf(milliseconds: readonly number[]): object {
  const clock = new StepClock();
  for (const value of milliseconds) clock.add(value);
  return clock.times();
}

it("StepClock.times() gives measured values, not means of them", () => {
  expect(timesOf([3])).toEqual({ min: 3, median: 3, p95: 3 });
  expect(timesOf(Array.from({ length: 100 }, (_, index) => 100 - index))).toEqual({ min: 1, median: 50, p95: 95 });
});

it("StepClock.add(milliseconds) takes any number of steps", () => {
  const many = Array.from({ length: 5000 }, (_, index) => index + 1);
  expect(timesOf(many)).toEqual({ min: 1, median: 2500, p95: 4750 });
});

it("StepClock.times() without a step has nothing to tell", () => {
  expect(timesOf([])).toEqual({ min: Number.NaN, median: Number.NaN, p95: Number.NaN });
});
