import { describe, expect, it } from "vitest";
import type { Storage } from "../graph/storage.ts";
import { ones, tensor, zeros } from "./leaf.ts";
import { dropout, nextKey, normal, randomKey, uniform } from "./random.ts";
import { refusal } from "./refusal.ts";

const key = randomKey(7);

describe("randomKey", () => {
  it("randomKey(seed, stream, step) holds the three as int32 words", () => {
    const { storage } = randomKey(4294967295, 2, 3).node.attributes as { storage: Storage };
    expect(storage.host).toEqual(Int32Array.of(-1, 2, 3));
  });

  it.each([-1, 0.5, 4294967296, Number.NaN])("randomKey(%d) refuses what is no 32-bit count", (seed) => {
    expect(() => randomKey(seed)).toThrow(
      refusal("OptionError", `randomKey: seed is out of range, got ${seed}, expected an integer from 0 to 4294967295`),
    );
  });
});

describe("uniform, normal and nextKey", () => {
  it("uniform(shape, key) and normal(shape, key) have that shape", () => {
    expect(uniform([2, 3], key)).toMatchObject({ shape: [2, 3], dtype: "float32" });
    expect(normal([], key).shape).toEqual([]);
    expect(nextKey(key)).toMatchObject({ shape: [3], dtype: "int32" });
  });

  it("uniform(shape, key, {low, high}) keeps low and the width", () => {
    const attributes = { shape: [1], distribution: "uniform", low: -1, spread: 3 };
    expect(uniform([1], key, { low: -1, high: 2 }).node.attributes).toEqual(attributes);
  });

  it("uniform(shape, key), normal(shape, key) and nextKey(key) refuse what is no key", () => {
    expect(() => uniform([2], zeros([3]))).toThrow(
      refusal("DTypeError", "uniform: key has the wrong dtype, got float32, expected int32"),
    );
    expect(() => normal([2], tensor(Int32Array.of(1)))).toThrow(
      refusal("ShapeError", "normal: key has the wrong shape, got [1], expected [3]"),
    );
    expect(() => nextKey(tensor(Int32Array.of(1)))).toThrow(
      refusal("ShapeError", "nextKey: key has the wrong shape, got [1], expected [3]"),
    );
  });

  it("uniform(shape, key, options) and normal(shape, key, options) refuse limits out of order", () => {
    expect(() => uniform([2], key, { low: 2 })).toThrow(
      refusal("OptionError", "uniform: limits are crossed, got low 2 and high 1, expected low <= high"),
    );
    expect(() => normal([2], key, { std: -1 })).toThrow(
      refusal("OptionError", "normal: std is out of range, got -1, expected at least 0"),
    );
    expect(() => uniform([-2], key)).toThrow(
      refusal("ShapeError", "uniform: sizes must be integers of at least 0, got [-2]"),
    );
  });
});

describe("dropout", () => {
  it("dropout(x, rate, key) keeps the shape", () => {
    expect(dropout(ones([2, 3]), 0.5, key).shape).toEqual([2, 3]);
  });

  it("dropout(x, 0, key) is x", () => {
    const x = ones([2]);
    expect(dropout(x, 0, key)).toBe(x);
  });

  it.each([1, -0.1, Number.NaN])("dropout(x, %d, key) refuses the rate", (rate) => {
    expect(() => dropout(ones([2]), rate, key)).toThrow(
      refusal("OptionError", `dropout: rate is out of range, got ${rate}, expected a probability in [0, 1)`),
    );
  });
});
