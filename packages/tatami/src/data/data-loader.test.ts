import { describe, expect, it } from "vitest";
import type { Storage } from "../graph/storage.ts";
import type { Tensor } from "../graph/tensor.ts";
import { OptionError } from "../shape/errors.ts";
import { DataLoader, type DataLoaderOptions } from "./data-loader.ts";
import { arrayDataset } from "./dataset.ts";

const set = arrayDataset({
  images: Float32Array.from({ length: 20 }, (_, index) => index),
  labels: Array.from({ length: 10 }, (_, index) => index % 3),
  imageShape: [1, 2, 1],
});

const host = (tensor: Tensor): number[] => [...(tensor.node.attributes as { storage: Storage }).storage.host!];
const epoch = (loader: DataLoader): number[][] => Array.from(loader, ({ indices }) => [...indices]);

describe("new DataLoader(dataset, options)", () => {
  it("gives images [B, C, H, W], labels and indices of each batch", () => {
    const batches = [...new DataLoader(set, { batchSize: 4, shuffle: true, seed: 1 })];
    expect(batches.map(({ images }) => images.shape)).toEqual([
      [4, 1, 2, 1],
      [4, 1, 2, 1],
      [2, 1, 2, 1],
    ]);
    for (const { images, labels, indices } of batches) {
      expect(labels).toMatchObject({ shape: [indices.length], dtype: "int32" });
      expect(host(images)).toEqual([...indices].flatMap((index) => [2 * index, 2 * index + 1]));
      expect(host(labels)).toEqual([...indices].map((index) => index % 3));
    }
  });

  it("is in order by default, one image a batch", () => {
    expect(epoch(new DataLoader(set))).toEqual(Array.from({ length: 10 }, (_, index) => [index]));
  });

  it("shuffles each epoch anew, the same way for the same seed", () => {
    const loader = new DataLoader(set, { batchSize: 10, shuffle: true, seed: 5 });
    const [first, second] = [epoch(loader), epoch(loader)];
    expect(first).not.toEqual(second);
    const again = new DataLoader(set, { batchSize: 10, shuffle: true, seed: 5 });
    expect([epoch(again), epoch(again)]).toEqual([first, second]);
  });

  it.each<[number, DataLoaderOptions]>([
    [3, { batchSize: 4 }],
    [2, { batchSize: 4, dropLast: true }],
    [3, { batchSize: 4, replacement: true }],
    [1, { batchSize: 100 }],
  ])("has length %i for %o", (length, options) => {
    const loader = new DataLoader(set, options);
    expect(loader.length).toBe(length);
    expect(epoch(loader)).toHaveLength(length);
  });

  it("refuses options out of range", () => {
    expect(() => new DataLoader(set, { batchSize: 0 })).toThrow(OptionError);
    expect(() => new DataLoader(set, { shuffle: true, seed: 1.5 })).toThrow(OptionError);
    expect(() => new DataLoader(set, { replacement: true, dropLast: true })).toThrow(OptionError);
  });
});

describe("loader.restore(position)", () => {
  it("goes on with the rest of the epoch", () => {
    const options = { batchSize: 3, shuffle: true, seed: 9 };
    const loader = new DataLoader(set, options);
    const all = [...epoch(loader), ...epoch(loader)];
    expect(loader.position).toBe(8);
    const resumed = new DataLoader(set, options);
    resumed.restore(5);
    expect(epoch(resumed)).toEqual(all.slice(5));
  });
});

describe("leaving a loop early", () => {
  it("skips to the next epoch", () => {
    const loader = new DataLoader(set, { batchSize: 4 });
    const seen: number[] = [];
    for (let round = 0; round < 2; round++) {
      for (const { indices } of loader) {
        seen.push(indices[0]!);
        break;
      }
    }
    expect(seen).toEqual([0, 0]);
    expect(loader.position).toBe(6);
  });
});
