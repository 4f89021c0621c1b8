import { expect, it } from "vitest";
import { bandsOf, joinedSeries, median, outcomesOf } from "./outcome.ts";
import { histogram, measure, type Plot, series } from "./result.ts";

const plot: Plot = { title: "accuracy", x: { label: "steps" }, y: { label: "accuracy", scale: "share" } };
const run = (seed: number, value: number) => ({
  seed,
  results: [
    measure("test accuracy", value),
    series(plot, "test", [[1, value / 2]]),
    series(plot, "test", [[2, value]]),
  ],
});

it("median(values) is the middle one, or the mean of the middle two", () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([5])]).toEqual([2, 2.5, 5]);
});

it("outcomesOf(runs, published) widens the published spread by that of the runs", () => {
  const published = [{ measure: "test accuracy", values: [0.75, 0.77] }];
  const [outcome] = outcomesOf([run(1, 0.72), run(2, 0.74), run(3, 0.73)], published);
  expect(outcome).toMatchObject({ median: 0.73, low: 0.72, high: 0.74, published: { inside: true } });
  expect(outcome.published!.band[0]).toBeCloseTo(0.7295, 9);
  expect(outcome.published!.band[1]).toBeCloseTo(0.7905, 9);
  expect(outcomesOf([run(1, 0.73)], published)[0].published!.inside).toBe(false);
  expect(outcomesOf([run(1, 0.7497)], published)[0].published!.inside).toBe(true);
});

it("outcomesOf(runs, published) of so much or more finds nothing too good", () => {
  const published = [{ measure: "test accuracy", values: [0.9], orMore: true }];
  const inside = (value: number): boolean => outcomesOf([run(1, value)], published)[0].published!.inside;
  expect([inside(0.89), inside(0.9), inside(0.99)]).toEqual([false, true, true]);
});

it("outcomesOf(runs, []) has nothing to compare with, and takes runs that lack a measure", () => {
  expect(outcomesOf([run(1, 0.5), { seed: 2, results: [] }], [])).toMatchObject([{ values: [0.5], published: null }]);
  expect(outcomesOf([], [])).toEqual([]);
});

it("joinedSeries(results) puts the pieces of a curve together", () => {
  expect(joinedSeries(run(1, 0.8).results)).toMatchObject([
    {
      name: "test",
      points: [
        [1, 0.4],
        [2, 0.8],
      ],
    },
  ]);
});

it("bandsOf(runs) gives medians and extremes at each x", () => {
  const [band] = bandsOf([run(1, 0.2), run(2, 0.8), run(3, 0.4)]);
  expect(band.points).toEqual([
    { x: 1, y: 0.2, low: 0.1, high: 0.4 },
    { x: 2, y: 0.4, low: 0.2, high: 0.8 },
  ]);
});

it("histogram(values) counts in equal bins, and what is outside in the outer ones", () => {
  const names = { title: "t", name: "n", label: "l" };
  expect(histogram(names, [0, 1, 2, 3, 4], { bins: 2 })).toMatchObject({ edges: [0, 2, 4], counts: [2, 3] });
  expect(histogram(names, [-9, 0.5, 9], { bins: 2, range: [0, 1] }).counts).toEqual([1, 2]);
  expect(histogram(names, [7, 7], { bins: 3 }).counts.reduce((total, count) => total + count, 0)).toBe(2);
});
