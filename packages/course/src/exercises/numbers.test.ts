// Numbers of the exercises against those worked out by hand.

import { add, mul, square } from "tatamijs/ops";
import { setBackend } from "tatamijs/tensor";
import { expect, it } from "vitest";
import { configure } from "../frame/configuration.ts";
import type { Result, Table } from "../frame/result.ts";
import { columns } from "./columns.ts";
import { naiveConvolution } from "./convolution-inside.ts";
import { ballOf } from "./overfitting-studies.ts";
import { trajectory } from "./surfaces.ts";

setBackend("reference");

async function countsOf(variant: string, set: Record<string, string> = {}): Promise<readonly (readonly unknown[])[]> {
  const { values } = configure(columns, variant, set);
  const results: Result[] = [];
  for await (const result of columns.run(values, { seed: 1, load: () => Promise.reject(new Error("no data")) })) {
    results.push(result);
    if (result.kind === "verdict") expect(result).toMatchObject({ holds: true });
  }
  return results.find((result): result is Table => result.kind === "table" && result.title.startsWith("in how many"))!
    .rows;
}

it("col2im(im2col(ones)) counts the patches that the course's slides show", async () => {
  expect(await countsOf("stride-1")).toEqual([
    [1, 2, 2, 1],
    [2, 4, 4, 2],
    [2, 4, 4, 2],
    [1, 2, 2, 1],
  ]);
  expect((await countsOf("stride-2")).flat()).toEqual(new Array(16).fill(1));
  expect((await countsOf("padding-2")).flat()).toEqual(new Array(16).fill(4));
});

it("im2col(x) of the note's tries has the note's shapes", async () => {
  for (const [variant, rows, width] of [
    ["try-1", 8, 9],
    ["try-2", 2, 36],
  ] as const) {
    const { values } = configure(columns, variant);
    const measures = new Map<string, number>();
    for await (const result of columns.run(values, { seed: 2, load: () => Promise.reject(new Error("no data")) })) {
      if (result.kind === "measure") measures.set(result.name, result.value);
    }
    expect([measures.get("rows"), measures.get("columns")]).toEqual([rows, width]);
  }
});

it("im2col's exercise refuses a patch that does not fit, dilation included", () => {
  expect(() => configure(columns, undefined, { filter: "5" })).toThrow("filter of im2col is out of range, got 5");
  expect(() => configure(columns, undefined, { filter: "3", dilation: "2" })).toThrow("expected at most 2");
});

it("naiveConvolution(x, w, shapes) is the sum of products under the filter", () => {
  const shapes = { images: 1, channels: 1, size: 3, filters: 1, filter: 2, stride: 1, padding: 0 };
  const x = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  expect([...naiveConvolution(x, [1, 0, 0, -1], shapes)]).toEqual([-4, -4, -4, -4]);
  expect([...naiveConvolution(x, [1, 1, 1, 1], { ...shapes, padding: 1, stride: 2 })]).toEqual([1, 5, 11, 28]);
});

const book = {
  f: (x: Parameters<typeof square>[0], y: Parameters<typeof square>[0]) => add(mul(square(x), 1 / 20), square(y)),
  start: [-7, 2] as const,
};

it("trajectory(book, sgd) shrinks each coordinate by its own factor", async () => {
  // x ← (1 − .95/10)x, y ← (1 − 1.9)y
  const points = await trajectory(book, "sgd", 0.95, 5);
  for (const [step, [x, y]] of points.entries()) {
    expect(x).toBeCloseTo(-7 * 0.905 ** step, 4);
    expect(y).toBeCloseTo(2 * (-0.9) ** step, 4);
  }
});

it("trajectory(book, momentum | adagrad | rmsprop | adam) makes the steps the formulas give", async () => {
  const [, one, two] = await trajectory(book, "momentum", 0.1, 2);
  // v₁ = −.7, v₂ = .9 · −.7 + (−6.93)/10
  expect(one[0]).toBeCloseTo(-6.93, 5);
  expect(two[0]).toBeCloseTo(-6.93 + 0.1 * (0.9 * 0.7 + 6.93 / 10), 5);
  const [, ada] = await trajectory(book, "adagrad", 1.5, 1);
  expect(ada[0]).toBeCloseTo(-7 + (1.5 * 0.7) / Math.sqrt(1e-4 + 0.49), 5);
  const [, rms] = await trajectory(book, "rmsprop", 0.1, 1);
  expect(rms[1]).toBeCloseTo(2 - 0.1 * 10, 4);
  const [, adam] = await trajectory(book, "adam", 0.3, 1);
  expect([adam[0], adam[1]].map((value) => Number(value.toFixed(4)))).toEqual([-6.7, 1.7]);
});

it("ballOf(p, radius) is a rim of that norm with its corners on it", () => {
  for (const p of [0.5, 1, 2, 4]) {
    const rim = ballOf(p, 2);
    for (const [x, y] of rim) expect((Math.abs(x) ** p + Math.abs(y) ** p) ** (1 / p)).toBeCloseTo(2, 6);
    expect(rim[0][0]).toBeCloseTo(2, 9);
    expect(rim.at(-1)).toEqual(rim[0]);
  }
});
