import { expect, it } from "vitest";
import { UsageError } from "../command/usage-error.ts";
import { schedulerOf } from "./scheduler-choice.ts";

it("schedulerOf(text, warmup, iterations) fits schedules to the length of the run", () => {
  expect(schedulerOf(undefined, 0, 100)).toBeUndefined();
  expect(schedulerOf("cosine", 0, 100)!.rate(100, 1)).toBeCloseTo(0, 12);
  expect(schedulerOf("polynomial:2", 0, 100)!.rate(50, 1)).toBe(0.25);
  expect(schedulerOf("step:30:.5", 0, 100)!.rate(60, 1)).toBe(0.25);
  expect(schedulerOf("multi-step:10,20", 0, 100)!.rate(20, 1)).toBeCloseTo(0.01, 12);
  expect(schedulerOf("exponential:.9", 0, 100)!.rate(2, 1)).toBeCloseTo(0.81, 12);
  expect(schedulerOf("one-cycle:2", 0, 100)!.rate(29, 1)).toBe(2);
  expect(schedulerOf("plateau:3:.5", 0, 100)!.settings()).toMatchObject({ patience: 3, factor: 0.5 });
});

it("schedulerOf(text, warmup, iterations) rises first, and counts from there", () => {
  const schedule = schedulerOf("step:10", 4, 100)!;
  expect([0, 1, 2, 3, 4, 13, 14].map((step) => Number(schedule.rate(step, 1).toFixed(3)))).toEqual([
    0.2, 0.4, 0.6, 0.8, 1, 1, 0.1,
  ]);
  expect(schedulerOf(undefined, 4, 100)!.rate(50, 1)).toBe(1);
});

it.each([
  ["step", 0, "--scheduler is not understood, got step, expected step:SIZE[:GAMMA]"],
  ["step:", 0, "--scheduler is not understood, got step:, expected step:SIZE[:GAMMA]"],
  ["step:3,4", 0, "--scheduler is not understood, got step:3,4, expected step:SIZE[:GAMMA]"],
  ["cosine:1:2", 0, "--scheduler is not understood, got cosine:1:2, expected cosine[:LOWEST]"],
  ["plateau:x", 0, "--scheduler is not understood, got plateau:x, expected plateau[:PATIENCE[:FACTOR]]"],
  ["cosin", 0, 'unknown schedule "cosin", did you mean cosine?'],
  ["cosine", 100, "--warmup is out of range, got 100, expected fewer than the 100 iterations"],
  ["exponential:0", 0, "(ExponentialLR: gamma is out of range, got 0, expected more than 0)"],
])("schedulerOf(%j, %d, 100) says what is wrong", (text, warmup, message) => {
  expect(() => schedulerOf(text, warmup, 100)).toThrow(UsageError);
  expect(() => schedulerOf(text, warmup, 100)).toThrow(message);
});
