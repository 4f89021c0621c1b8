import pc from "picocolors";
import { expect, it } from "vitest";
import { type Curve, chart } from "./chart.ts";

const colors = pc.createColors(false);
const options = { columns: 40, rows: 6, xLabel: "steps", colors };

function curve(name: string, ys: readonly number[], dotted = false): Curve {
  return { name, points: ys.map((y, index) => ({ x: (index + 1) * 10, y })), dotted, paint: (text) => text };
}

it("chart(curves) draws lines between their points, with labelled axes and ends", () => {
  expect(chart([curve("train", [0, 1, 1], true), curve("test", [0, 0.5, 0.5])], options)).toEqual([
    " 1.0 ┤             ⢀ ⠁⠈ ⠁⠈ ⠁ train 1.000",
    "     │            ⡀",
    "     │",
    "  .5 ┤          ⠈ ⡠⠔⠉⠉⠉⠉⠉⠉⠉⠉ test .500",
    "     │         ⢂⠤⠊",
    "   0 ┤       ⡠⠔⠁",
    "     └┬────┬─────┬────┬────┬",
    "      0    8    15   23   30 steps",
  ]);
});

it("chart(curves) keeps labels apart that end at the same height", () => {
  const lines = chart([curve("train", [0.2, 0.9]), curve("test", [0.2, 0.9])], options);
  expect(lines.filter((line) => line.includes("train .900"))).toHaveLength(1);
  expect(lines.filter((line) => line.includes("test .900"))).toHaveLength(1);
});

it("chart(curves) has labels of one height in the order of their values", () => {
  const lines = chart([curve("b", [0, 0.91]), curve("a", [0, 0.92]), curve("c", [0, 0.9])], options);
  const places = ["a .920", "b .910", "c .900"].map((label) => lines.findIndex((line) => line.includes(label)));
  expect(places).toEqual([0, 1, 2].map((step) => places[0] + step));
});

it("chart(curves) keeps the numbers under a short axis apart", () => {
  const long = { ...curve("a name that leaves little room", []), points: [1, 4000].map((x) => ({ x, y: 0.5 })) };
  expect(chart([long], { ...options, columns: 60 }).at(-1)).toMatch(/^ +0 +2,000 +4,000 steps$/);
});

it("chart(curves) fits into its columns, whatever the values", () => {
  for (const ys of [
    [0.1, 0.1],
    [1, 1],
    [0.999, 1],
    [0, 1],
    [0.85, 0.86, 0.2],
  ]) {
    const lines = chart([curve("training", ys, true), curve("test", ys)], { ...options, columns: 80, rows: 12 });
    expect(Math.max(...lines.slice(0, 12).map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines).toHaveLength(14);
  }
});

it("chart(curves) begins at the smallest x where that is below 0", () => {
  const points = [-4, -2, 0].map((x) => ({ x, y: 0.5 }));
  const lines = chart([{ ...curve("test", []), points }], options);
  expect(lines.at(-1)).toMatch(/^ +-4 +-3 +-2 +-1 +0 steps$/);
  expect(lines[5]).toMatch(/│[⠀-⣿]{20,} test \.500/);
});
