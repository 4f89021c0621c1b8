// Random calls of the kernels over rows and indices, and of random numbers and guard.
import fc from "fast-check";
import type { ContractArbitraries } from "../contract-case.ts";
import { blank, blankInts, integers, normals, wordsOf } from "../values.ts";
import { flags, seeds, sizes } from "./shapes.ts";

type Name =
  | "takeAlong"
  | "addAlong"
  | "gather"
  | "scatterAdd"
  | "oneHot"
  | "softmax"
  | "crossEntropy"
  | "random"
  | "nextKey"
  | "guard";

const along = fc.record({
  rows: sizes(9),
  length: sizes(33),
  count: sizes(33),
  channels: fc.oneof(fc.constant(1), sizes(19)),
  seed: seeds,
});
const alongAnywhere = along.map((fields) => ({
  indices: integers(fields.rows * fields.count * fields.channels, fields.length, fields.seed),
  ...fields,
}));
/** indices of a pool's maxima: each within its own window of 2 × 2, or the last one somewhere else */
const windows = fc
  .record({ rows: sizes(3), height: sizes(4), width: sizes(6), channels: sizes(35), stray: fc.boolean(), seed: seeds })
  .map(({ rows, height, width, channels, stray, seed }) => {
    const count = height * width;
    const indices = integers(rows * count * channels, 4, seed).map((corner, i) => {
      const output = Math.floor(i / channels) % count;
      const [row, column] = [2 * Math.floor(output / width), 2 * (output % width)];
      return (row + (corner >> 1)) * 2 * width + column + (corner & 1);
    });
    if (stray) indices[indices.length - 1] = 0;
    return { indices, rows, length: 4 * count, count, channels, seed };
  });
const gathers = fc.record({ outer: sizes(5), length: sizes(17), inner: sizes(19), count: sizes(17), seed: seeds });
const classes = fc.record({ rows: sizes(33), columns: sizes(67), seed: seeds });
const keys = fc.array(fc.integer(), { minLength: 3, maxLength: 3 }).map((key) => Int32Array.from(key));

export const rowArbitraries: ContractArbitraries<Name> = {
  takeAlong: along.map(({ seed, ...fields }) => ({
    x: normals(fields.rows * fields.length * fields.channels, seed),
    indices: integers(fields.rows * fields.count * fields.channels, fields.length, seed),
    out: blank(fields.rows * fields.count * fields.channels),
    ...fields,
  })),
  addAlong: fc.oneof(alongAnywhere, windows).map(({ seed, ...fields }) => ({
    g: normals(fields.rows * fields.count * fields.channels, seed),
    out: blank(fields.rows * fields.length * fields.channels),
    ...fields,
  })),
  gather: gathers.map(({ seed, ...fields }) => ({
    x: wordsOf(normals(fields.outer * fields.length * fields.inner, seed)),
    indices: integers(fields.count, fields.length, seed),
    out: blankInts(fields.outer * fields.count * fields.inner),
    ...fields,
  })),
  scatterAdd: gathers.map(({ seed, ...fields }) => ({
    g: normals(fields.outer * fields.count * fields.inner, seed),
    indices: integers(fields.count, fields.length, seed),
    out: blank(fields.outer * fields.length * fields.inner),
    ...fields,
  })),
  oneHot: classes.map(({ seed, ...fields }) => ({
    labels: integers(fields.rows, fields.columns, seed),
    out: blank(fields.rows * fields.columns),
    ...fields,
  })),
  softmax: fc.tuple(classes, flags, fc.constantFrom(1, 30, 500)).map(([{ seed, ...fields }, log, std]) => ({
    x: normals(fields.rows * fields.columns, seed, { std }),
    out: blank(fields.rows * fields.columns),
    ...fields,
    log,
  })),
  crossEntropy: fc.tuple(classes, fc.constantFrom(1, 30, 500)).map(([{ seed, ...fields }, std]) => ({
    logits: normals(fields.rows * fields.columns, seed, { std }),
    labels: integers(fields.rows, fields.columns, seed),
    out: blank(fields.rows),
    ...fields,
  })),
  random: fc.record({ key: keys, count: sizes(67), distribution: flags }).map((fields) => ({
    ...fields,
    out: blank(fields.count),
    low: 0,
    spread: 1,
  })),
  nextKey: keys.map((key) => ({ key, out: blankInts(3) })),
  guard: fc
    .record({
      count: sizes(200),
      at: fc.nat(250),
      value: fc.constantFrom(0, Number.NaN, Number.NEGATIVE_INFINITY),
      number: fc.nat(9),
    })
    .map(({ count, at, value, number }) => {
      const x = normals(251, count);
      x[at] = value;
      return { x, count, number };
    }),
};
