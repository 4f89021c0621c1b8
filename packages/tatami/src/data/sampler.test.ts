import { describe, expect, it } from "vitest";
import { OptionError } from "../shape/errors.ts";
import { type Sampler, sequential, shuffled, withReplacement } from "./sampler.ts";

function batches(sampler: Sampler, count: number): number[][] {
  const indices = new Int32Array(sampler.batchSize);
  return Array.from({ length: count }, () => {
    const length = sampler.next(indices);
    return [...indices.subarray(0, length)];
  });
}

const ascending = (values: number[]): number[] => [...values].sort((a, b) => a - b);
const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

const samplers: [string, () => Sampler][] = [
  ["sequential", () => sequential(10, { batchSize: 4 })],
  ["shuffled", () => shuffled(10, { batchSize: 4, seed: 3 })],
  ["shuffled with dropLast", () => shuffled(10, { batchSize: 4, seed: 3, dropLast: true })],
  ["withReplacement", () => withReplacement(10, { batchSize: 4, seed: 3 })],
];

describe.each(samplers)("%s", (_, create) => {
  it("restore(position) goes on exactly where it was", () => {
    const all = batches(create(), 12);
    for (const position of [0, 1, 2, 3, 5, 9]) {
      const sampler = create();
      batches(sampler, 7);
      sampler.restore(position);
      expect(sampler.position).toBe(position);
      expect(batches(sampler, 12 - position)).toEqual(all.slice(position));
    }
  });

  it("restore(position) refuses what is no position", () => {
    for (const position of [-1, 0.5, Number.NaN]) expect(() => create().restore(position)).toThrow(OptionError);
  });

  it("next(indices) refuses an array of another length", () => {
    expect(() => create().next(new Int32Array(3))).toThrow(
      "next: indices do not fit the batch, got an array of 3, expected 4",
    );
  });
});

describe("sequential(count, {batchSize})", () => {
  it("deals out every epoch in order, its last batch smaller", () => {
    const sampler = sequential(5, { batchSize: 2 });
    expect(sampler.batchesPerEpoch).toBe(3);
    expect(batches(sampler, 4)).toEqual([[0, 1], [2, 3], [4], [0, 1]]);
  });

  it("leaves out the smaller batch with dropLast", () => {
    expect(batches(sequential(5, { batchSize: 2, dropLast: true }), 3)).toEqual([
      [0, 1],
      [2, 3],
      [0, 1],
    ]);
  });

  it("makes one smaller batch of fewer images than batchSize", () => {
    expect(batches(sequential(2, { batchSize: 5 }), 2)).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(() => sequential(2, { batchSize: 5, dropLast: true })).toThrow(
      "sequential: batchSize leaves no whole batch, got 5 for 2 images, expected at most 2 with dropLast",
    );
  });

  it("refuses a batchSize or count below 1", () => {
    for (const batchSize of [0, -4, 2.5, Number.NaN]) {
      expect(() => sequential(5, { batchSize })).toThrow("sequential: batchSize is out of range");
    }
    expect(() => sequential(0, { batchSize: 1 })).toThrow(OptionError);
  });
});

describe("shuffled(count, {batchSize, seed})", () => {
  it("deals out every index once an epoch, in a new order", () => {
    const sampler = shuffled(100, { batchSize: 30, seed: 0 });
    const [first, second] = [batches(sampler, 4).flat(), batches(sampler, 4).flat()];
    expect(ascending(first)).toEqual(range(100));
    expect(ascending(second)).toEqual(range(100));
    expect(first).not.toEqual(second);
    expect(first).not.toEqual(range(100));
  });

  it("depends on the seed alone", () => {
    const order = (seed: number): number[] => batches(shuffled(50, { batchSize: 50, seed }), 1).flat();
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
  });

  it("refuses a seed that is not an integer in [0, 2^32)", () => {
    for (const seed of [0.5, -1, 2 ** 32, Number.NaN]) {
      expect(() => shuffled(5, { batchSize: 1, seed })).toThrow("seed is out of range");
    }
  });
});

describe("withReplacement(count, {batchSize, seed})", () => {
  it("deals out full batches in which indices repeat", () => {
    const sampler = withReplacement(10, { batchSize: 8, seed: 0 });
    expect(sampler.batchesPerEpoch).toBe(2);
    const drawn = batches(sampler, 1000);
    expect(drawn.every((batch) => batch.length === 8)).toBe(true);
    expect(drawn.some((batch) => new Set(batch).size < 8)).toBe(true);
    for (const index of range(10)) {
      expect(Math.abs(drawn.flat().filter((other) => other === index).length - 800)).toBeLessThan(120);
    }
  });

  it("fills a batch larger than the data set", () => {
    expect(batches(withReplacement(3, { batchSize: 7, seed: 1 }), 1)[0]).toHaveLength(7);
  });

  it("refuses a batchSize or seed out of range", () => {
    expect(() => withReplacement(3, { batchSize: 0, seed: 1 })).toThrow(OptionError);
    expect(() => withReplacement(3, { batchSize: 1, seed: -1 })).toThrow(OptionError);
  });
});
