// Reports and SVGs of runs that are made up here.
import pc from "picocolors";
import { exercises } from "tatamijs-course";
import { configure, outcomesOf, type Plot, type Result } from "tatamijs-course/frame";
import { describe, expect, it } from "vitest";
import { courseReport } from "./course-report.ts";
import { exerciseList, exercisePage, wrapped } from "./course-texts.ts";
import { csvOf, figureFile, figuresOf } from "./figures.ts";

const look = { columns: 80, colors: pc.createColors(false) };
const accuracy: Plot = { title: "accuracy", x: { label: "iterations" }, y: { label: "accuracy", scale: "share" } };
const loss: Plot = { title: "loss", x: { label: "iterations" }, y: { label: "loss", scale: "log" } };
const paths: Plot = { title: "paths <&>", x: { label: "x" }, y: { label: "y" } };

const resultsOf = (value: number): Result[] => [
  { kind: "text", text: "a sentence" },
  { kind: "series", plot: accuracy, name: "test", points: [[10, value / 2]] },
  { kind: "series", plot: accuracy, name: "test", points: [[20, value]] },
  {
    kind: "series",
    plot: loss,
    name: "loss",
    points: [
      [10, 2],
      [20, 0],
    ],
  },
  {
    kind: "surface",
    plot: paths,
    x: [-1, 1],
    y: [-1, 1],
    values: [
      [0, 1],
      [2, 3],
    ],
  },
  {
    kind: "series",
    plot: paths,
    name: "sgd",
    points: [
      [-1, 1],
      [1, -1],
      [Number.NaN, 0],
    ],
    path: true,
  },
  { kind: "histogram", title: "activations", name: "layer 1", label: "activation", edges: [0, 0.5, 1], counts: [3, 9] },
  {
    kind: "table",
    title: "numbers",
    columns: ["name", "value"],
    rows: [
      ["a", 12345],
      ["b", 0.5],
    ],
  },
  { kind: "image", title: "a digit", height: 28, width: 28, pixels: new Array(784).fill(1) },
  {
    kind: "confusion",
    title: "confusion",
    classes: ["0", "1"],
    counts: [
      [7, 0],
      [2, 5],
    ],
  },
  { kind: "verdict", claim: "it holds", holds: true, detail: "1 = 1" },
  { kind: "diverged", step: 7, place: "layer 2 (Linear)" },
  { kind: "measure", name: "test accuracy", value },
];

function run(values: readonly number[], set: Record<string, string> = {}) {
  const configuration = configure(exercises.find(({ id }) => id === "2_1")!, undefined, set);
  const runs = values.map((value, index) => ({ seed: index + 1, seconds: 1, results: resultsOf(value) }));
  return { configuration, runs, outcomes: outcomesOf(runs, configuration.variant.published), aborted: false };
}

const longest = (text: string): number => Math.max(...text.split("\n").map((line) => line.length));

describe("courseReport(run, command)", () => {
  it("shows every kind of result in 80 columns, and how to get it again", () => {
    const report = courseReport(run([0.92]), "tatami course run 2_1 --seeds 1", look);
    expect(longest(report)).toBeLessThanOrEqual(80);
    for (const part of ["a sentence", "test .920", "loss 0", "a sgd", "layer 1", "12,345", "a digit", "✓ it holds"]) {
      expect(report).toContain(part);
    }
    expect(report).toContain("diverged at step 7, first in layer 2 (Linear)");
    expect(report).toContain("tatami course run 2_1 --seeds 1");
  });

  it("says whether the outcome is inside what was published", () => {
    expect(courseReport(run([0.9158]), "", look)).toMatch(/test accuracy +\.916 +\.916 +inside/);
    expect(courseReport(run([0.5]), "", look)).toContain("outside; --seeds 1..5 shows the spread");
    expect(courseReport(run([0.91, 0.92, 0.93]), "", look)).toMatch(
      /test accuracy +\.920 +\.910 +\.930 +\.916 +inside/,
    );
  });

  it("does not judge other settings than the published ones", () => {
    const report = courseReport(run([0.5], { lr: "0.2" }), "", look);
    expect(report).toContain("published, with other settings");
    expect(report).not.toMatch(/inside|outside/);
  });
});

describe("figuresOf(runs)", () => {
  const figures = figuresOf(run([0.8, 0.9, 0.7]).runs);
  const files = figures.map((figure) => figureFile(figure));

  it("are one for each plot, group of histograms or of images, and confusion matrix", () => {
    expect(figures.map(({ name }) => name)).toEqual([
      "accuracy",
      "loss",
      "paths",
      "activations",
      "a-digit",
      "confusion",
    ]);
  });

  it("have titles, axes, a legend, and no number that is not finite", () => {
    for (const svg of files) {
      expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
      expect(svg).toContain("<title>");
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      expect(svg.match(/<text/g)!.length).toBeGreaterThanOrEqual(4);
    }
    expect(files[0]).toContain(">iterations</text>");
    expect(files[0]).toContain('fill-opacity=".16"');
    expect(files[2]).toContain("paths &lt;&amp;&gt;");
    expect(files[2]).toContain('class="contour"');
  });

  it("have the numbers that are drawn as tables: medians with the extremes over seeds, grids, counts, pixels", () => {
    expect(figures[0].data.map(csvOf)).toEqual([
      "series,iterations,accuracy,lowest,highest\ntest,10,0.4,0.35,0.45\ntest,20,0.8,0.7,0.9\n",
    ]);
    expect(figures[2].data.map(({ name }) => name)).toEqual(["paths", "paths-contours"]);
    expect(csvOf(figures[2].data[1])).toBe("x,y,height\n-1,-1,0\n1,-1,1\n-1,1,2\n1,1,3\n");
    expect(csvOf(figures[3].data[0])).toBe("histogram,activation from,to,count\nlayer 1,0,0.5,3\nlayer 1,0.5,1,9\n");
    expect(csvOf(figures[4].data[0]).split("\n")[784]).toBe("1,a digit,27,27,1");
    expect(csvOf(figures[5].data[0])).toBe("class,taken for,count\n0,0,7\n0,1,0\n1,0,2\n1,1,5\n");
  });
});

it("exerciseList(exercises) and exercisePage(exercise) fit into 80 columns and name every setting", () => {
  expect(longest(exerciseList(exercises, look))).toBeLessThanOrEqual(80);
  for (const exercise of exercises) {
    const page = exercisePage(exercise, look);
    expect(longest(page), exercise.id).toBeLessThanOrEqual(80);
    for (const key of Object.keys(exercise.settings)) expect(page).toContain(key);
  }
});

it("wrapped(text, width) breaks between words, and anywhere in Japanese, whose letters are two columns wide", () => {
  expect(wrapped("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrapped("勾配が 一定でも", 8)).toEqual(["勾配が", "一定でも"]);
  expect(wrapped("更新量が小さくなる手法", 8)).toEqual(["更新量が", "小さくな", "る手法"]);
});
