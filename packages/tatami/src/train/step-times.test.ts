import { expect, it } from "vitest";
import { stepTimes } from "./step-times.ts";

it("stepTimes(milliseconds) gives measured values, not means of them", () => {
  const milliseconds = Float64Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(stepTimes(milliseconds)).toEqual({ min: 1, median: 50, p95: 95 });
  expect(stepTimes(Float64Array.of(3))).toEqual({ min: 3, median: 3, p95: 3 });
});

it("stepTimes([]) has nothing to tell", () => {
  expect(stepTimes(new Float64Array())).toEqual({ min: Number.NaN, median: Number.NaN, p95: Number.NaN });
});
