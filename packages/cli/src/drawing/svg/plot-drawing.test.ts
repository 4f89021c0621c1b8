import { describe, expect, it } from "vitest";
import { type Curve, plotDrawing } from "./plot-drawing.ts";
import { styleAt } from "./series-style.ts";
import { svgFile } from "./svg-document.ts";
import { asItIs } from "./svg-text.ts";

const axes = { x: { label: "iterations" }, y: { label: "loss" } } as const;
const options = { width: 640, say: asItIs } as const;

function curve(name: string, values: readonly number[], place = 0): Curve {
  const points = values.map((y, x) => ({ x: x * 10, y, low: y - 0.05, high: y + 0.05 }));
  return { name, style: styleAt(place), points };
}

const draw = (plotted: Parameters<typeof plotDrawing>[0]): string => svgFile("a title", plotDrawing(plotted, options));

/** The places along each line of a class of its own. */
const linesOf = (svg: string): number[][][] =>
  [...svg.matchAll(/<path d="M([\d. L-]+)" class="s\d" fill="none"/g)].map(([, path]) =>
    path.split("L").map((point) => point.split(" ").map(Number)),
  );

describe("plotDrawing(plotted)", () => {
  it("draws every point inside, falling values down the page, titles at the axes and each name in the legend", () => {
    const svg = draw({ ...axes, curves: [curve("a & b", [0.9, 0.6, 0.5]), curve("<c>", [0.8, 0.7, 0.4], 1)] });
    const lines = linesOf(svg);
    expect(lines.map((line) => line.length)).toEqual([3, 3]);
    const height = Number(/viewBox="0 0 640 ([\d.]+)"/.exec(svg)![1]);
    for (const [x, y] of lines.flat()) {
      expect(x).toBeGreaterThan(30);
      expect(x).toBeLessThanOrEqual(640);
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThan(height);
    }
    for (const line of lines) expect(line.map(([, y]) => y)).toEqual(line.map(([, y]) => y).toSorted((a, b) => a - b));
    for (const text of ["iterations", "loss", "a &amp; b", "&lt;c&gt;", "a title"])
      expect(svg).toContain(`>${text}</text>`);
    expect(svg.match(/fill-opacity=".16"/g)).toHaveLength(2);
  });

  it("has room for a curve that is flat, one point, and values that are not finite", () => {
    const odd = [curve("flat", [0, 0]), curve("one", [3]), curve("none", [Number.NaN, Number.POSITIVE_INFINITY])];
    for (const scale of ["linear", "log", "share"] as const) {
      expect(draw({ x: axes.x, y: { label: "y", scale }, curves: odd })).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  it("puts names at the curves' ends, none on another, more of them apart than there are colours", () => {
    const many = Array.from({ length: 40 }, (_, index) => curve(`run ${index}`, [0.5, 0.4], index));
    const svg = draw({ ...axes, curves: many, names: "ends" });
    const looks = [...svg.matchAll(/<path d="M[\d. L-]+" class="(s\d)"[^>]*?( stroke-dasharray="[^"]+")?\/>/g)];
    expect(new Set(looks.map(([, paint, dashes]) => paint + dashes)).size).toBe(40);
    const places = [...svg.matchAll(/y="([\d.]+)" fill="#333333">run \d+ \.4</g)].map(([, y]) => Number(y));
    expect(places).toHaveLength(40);
    const sorted = places.toSorted((a, b) => a - b);
    expect(sorted.every((place, index) => index === 0 || place - sorted[index - 1] >= 14.9)).toBe(true);
    expect(sorted[0]).toBeGreaterThan(0);
    expect(sorted.at(-1)).toBeLessThan(Number(/viewBox="0 0 640 ([\d.]+)"/.exec(svg)![1]));
  });

  it("draws texts in both languages where they differ, for a page to show one of", () => {
    const say = (text: string) => (text === "loss" ? { en: "loss", ja: "損失" } : text);
    const { body } = plotDrawing({ ...axes, curves: [curve("a", [1, 2])] }, { width: 350, say });
    expect(body.join("")).toMatch(/lang="en">loss<\/text><text [^>]+ lang="ja">損失<\/text>/);
  });

  it("draws circles as circles: contours of a sum of squares, on a square", () => {
    const grid = Array.from({ length: 21 }, (_, index) => -1 + index / 10);
    const ground = { x: [-1, 1], y: [-1, 1], values: grid.map((y) => grid.map((x) => x * x + y * y)) } as const;
    const path = { name: "p", style: styleAt(0), points: [{ x: 0, y: 0, low: 0, high: 0 }], path: true };
    const svg = draw({ ...axes, curves: [path], ground });
    const contours = [...svg.matchAll(/class="contour" d="([^"]+)"/g)].map(([, d]) =>
      [...d.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]),
    );
    const outer = contours[6];
    const [xs, ys] = [0, 1].map((axis) => outer.map((point) => point[axis]));
    const [wide, tall] = [xs, ys].map((list) => Math.max(...list) - Math.min(...list));
    expect(wide).toBeGreaterThan(100);
    expect(Math.abs(wide - tall)).toBeLessThan(wide / 50);
  });
});
