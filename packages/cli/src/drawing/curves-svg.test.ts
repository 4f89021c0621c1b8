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
  expect(names.map(([, , text]) => text)).toEqual(["a &amp; b .500", "&lt;c&gt; .510"]);
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

it("curvesSvg(curves) tells more curves apart than there are colours, and has room for all their names", () => {
  const many = Array.from({ length: 40 }, (_, index) => ({ ...curves[0], name: `run ${index}` }));
  const svg = curvesSvg(many, { title: "test loss", xLabel: "iterations" });
  const looks = [...svg.matchAll(/<polyline [^>]*(stroke="[^"]+")[^>]*(stroke-dasharray="[^"]+")/g)];
  expect(new Set(looks.map(([, paint, dashes]) => paint + dashes)).size).toBe(40);
  const places = [...svg.matchAll(/y="([\d.]+)" style="fill/g)].map(([, y]) => Number(y)).sort((a, b) => a - b);
  const height = Number(/viewBox="0 0 [\d.]+ ([\d.]+)"/.exec(svg)![1]);
  expect(places.every((place, index) => index === 0 || place - places[index - 1] >= 15)).toBe(true);
  expect(places[0]).toBeGreaterThan(0);
  expect(places.at(-1)).toBeLessThan(height);
});
