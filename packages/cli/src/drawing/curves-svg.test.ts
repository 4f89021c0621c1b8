import { expect, it } from "vitest";
import { curvesSvg } from "./curves-svg.ts";

const curves = ["a & b", "<c>"].map((name, index) => ({
  name,
  points: Array.from({ length: 5 }, (_, step) => ({ x: step * 10, y: 0.9 - 0.1 * step + index / 100 })),
}));

it("curvesSvg(curves) draws every point inside, and names that do not lie on each other", () => {
  const svg = curvesSvg(curves, { title: "test loss", xLabel: "iterations" });
  const lines = [...svg.matchAll(/<polyline points="([^"]+)"/g)].map(([, points]) =>
    points.split(" ").map((point) => point.split(",").map(Number)),
  );
  expect(lines.map((line) => line.length)).toEqual([5, 5]);
  for (const [x, y] of lines.flat()) {
    expect(x).toBeGreaterThanOrEqual(60);
    expect(x).toBeLessThanOrEqual(650);
    expect(y).toBeGreaterThanOrEqual(40);
    expect(y).toBeLessThanOrEqual(400);
  }
  // falling values go down the page
  expect(lines[0].map(([, y]) => y)).toEqual(lines[0].map(([, y]) => y).toSorted((a, b) => a - b));
  const names = [...svg.matchAll(/y="([\d.]+)" style="fill:#\w+" class="name">([^<]+)</g)];
  expect(names.map(([, , text]) => text)).toEqual(["a &amp; b 0.5", "&lt;c> 0.51"]);
  expect(Math.abs(Number(names[0][1]) - Number(names[1][1]))).toBeGreaterThanOrEqual(15);
});

it("curvesSvg(curves) has room for a curve that is flat", () => {
  const flat = [
    {
      name: "flat",
      points: [
        { x: 1, y: 0 },
        { x: 2, y: 0 },
      ],
    },
  ];
  expect(curvesSvg(flat, { title: "t", xLabel: "x" })).not.toMatch(/NaN|Infinity/);
});
