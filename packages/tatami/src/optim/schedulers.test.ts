// Schedules against PyTorch's: the rates of 30 steps, from 0.5.
import "../devices.ts";
import { describe, expect, it } from "vitest";
import { readFixture } from "../nn/fixture.ts";
import { OptionError } from "../shape/errors.ts";
import { Variable } from "../tensor/index.ts";
import * as optim from "./index.ts";

interface Case {
  readonly name: string;
  readonly scheduler: string;
  readonly arguments: readonly unknown[];
  readonly metrics?: readonly number[];
  readonly rates: readonly number[];
}

type Maker = new (...values: readonly unknown[]) => optim.LRScheduler;
const makers = optim as unknown as Readonly<Record<string, Maker>>;

function made({ scheduler, arguments: values }: Pick<Case, "scheduler" | "arguments">): optim.LRScheduler {
  const parts = values.filter((value): value is [string, ...unknown[]] => Array.isArray(value));
  if (scheduler !== "SequentialLR" && scheduler !== "ChainedScheduler") return new makers[scheduler](...values);
  const inner = parts.map(([name, ...rest]) => new makers[name](...rest));
  return scheduler === "SequentialLR" ? new optim.SequentialLR(inner, [6]) : new optim.ChainedScheduler(inner);
}

describe("rate(step, base)", () => {
  it.each(
    readFixture<readonly Case[]>("schedulers").map((fixture) => [fixture.scheduler, fixture.name, fixture] as const),
  )("of %s is what PyTorch has: %s", (_scheduler, _name, fixture) => {
    const schedule = made(fixture);
    const rates = fixture.rates.map((_rate, step) => {
      const rate = schedule.rate(step, 0.5);
      if (fixture.metrics) schedule.observe({ loss: fixture.metrics[step] });
      return rate;
    });
    const off = rates.map((rate, step) => Math.abs(rate - fixture.rates[step]));
    expect(Math.max(...off)).toBeLessThan(1e-12);
  });

  it("of OneCycleLR takes the optimiser's rate as its highest, and stays at the last", () => {
    const schedule = new optim.OneCycleLR({ totalSteps: 11 });
    const rates = Array.from({ length: 20 }, (_, step) => schedule.rate(step, 1));
    expect(rates[0]).toBeCloseTo(1 / 25, 12);
    expect(Math.max(...rates)).toBeGreaterThan(0.97);
    expect(rates[19]).toBeCloseTo(1 / 25 / 1e4, 12);
  });

  it("of LambdaLR multiplies by any function, and refuses what is no rate", () => {
    expect(new optim.LambdaLR((step) => 1 / (1 + step)).rate(3, 2)).toBe(0.5);
    expect(() => new optim.LambdaLR(() => Number.NaN).rate(3, 2)).toThrow(
      "LambdaLR: factor at step 3 is out of range, got NaN, expected at least 0",
    );
  });
});

it("state carries ReduceLROnPlateau into another one, through compositions", () => {
  const composed = (): optim.LRScheduler =>
    new optim.ChainedScheduler([new optim.ExponentialLR(0.99), new optim.ReduceLROnPlateau({ patience: 1 })]);
  const [first, second] = [composed(), composed()];
  for (let count = 0; count < 7; count++) first.observe({ loss: 1 });
  second.state = JSON.parse(JSON.stringify(first.state));
  expect(second.rate(5, 1)).toBe(first.rate(5, 1));
  expect(first.rate(5, 1)).toBeLessThan(0.02);
  first.observe({ loss: 1 });
  second.observe({ loss: 1 });
  expect(second.state).toEqual(first.state);
});

it("apply(optimizer, step, bases) sets the rate of every group", () => {
  const groups = [{ params: [new Variable([2])] }, { params: [new Variable([1])], lr: 0.5 }];
  const optimizer = new optim.SGD(groups, { lr: 0.1 });
  new optim.StepLR(10, { gamma: 0.5 }).apply(optimizer, 20, [0.1, 0.5]);
  expect(optimizer.learningRates).toEqual([0.025, 0.125]);
});

it.each<[string, () => unknown]>([
  ["StepLR: stepSize is out of range, got 0, expected an integer of at least 1", () => new optim.StepLR(0)],
  ["MultiStepLR: milestones is out of range, got [], expected at least one step", () => new optim.MultiStepLR([])],
  ["ExponentialLR: gamma is out of range, got -1, expected more than 0", () => new optim.ExponentialLR(-1)],
  [
    "SequentialLR: milestones is out of range, got [5,5], expected 2 ascending steps for 3 schedules",
    () =>
      new optim.SequentialLR(
        [1, 2, 3].map((size) => new optim.StepLR(size)),
        [5, 5],
      ),
  ],
  [
    "ReduceLROnPlateau: metric is out of range, got accuracy, expected one of loss",
    () => new optim.ReduceLROnPlateau({ metric: "accuracy" }).observe({ loss: 1 }),
  ],
  [
    "ChainedScheduler: schedules is out of range, got none, expected at least one",
    () => new optim.ChainedScheduler([]),
  ],
])("refuses: %s", (message, make) => {
  expect(make).toThrow(OptionError);
  expect(make).toThrow(message);
});
