import { arrayDataset } from "tatamijs/data";
import { Conv2d, Flatten, Linear, ReLU, Sequential } from "tatamijs/nn";
import { setBackend } from "tatamijs/tensor";
import { expect, it } from "vitest";
import type { Image, Result } from "../frame/result.ts";
import { featureMaps, filterImages, mistakes } from "./conv-look.ts";

setBackend("wasm");

const model = new Sequential(
  new Conv2d(1, 3, 3, { biasInit: "zeros" }),
  new ReLU(),
  new Conv2d(3, 12, 3),
  new ReLU(),
  new Flatten(),
  new Linear(12 * 4 * 4, 10),
).initialize(1);

const images = Float32Array.from({ length: 30 * 64 }, (_, index) => ((index * 7919) % 101) / 100);
const labels = Int32Array.from({ length: 30 }, (_, index) => index % 10);
const data = arrayDataset({ images, labels, imageShape: [1, 8, 8], classes: 10 });

async function all<T>(results: AsyncGenerator<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const result of results) found.push(result);
  return found;
}

it("filterImages(model) shows the first convolution's weights on one scale with 0 in its middle", () => {
  const filters = [...filterImages(model, "filters")];
  expect(filters.map(({ title, height, width }) => [title, height, width])).toEqual([
    ["1", 3, 3],
    ["2", 3, 3],
    ["3", 3, 3],
  ]);
  const weights = (model.modules[0] as Conv2d).weight.values();
  const [low, high] = filters[0].range!;
  expect(high).toBe(-low);
  expect(high).toBeCloseTo(Math.max(...weights.map(Math.abs)), 6);
  // 255 steps
  const shown = filters.flatMap(({ pixels }) => pixels.map((pixel) => low + pixel * (high - low)));
  for (const [index, value] of shown.entries()) expect(Math.abs(value - weights[index])).toBeLessThan(high / 120);
});

it("featureMaps(model, data) shows what the activation behind each convolution gives for the first image", async () => {
  const maps = await all(featureMaps(model, data));
  expect([...new Set(maps.map(({ group }) => group))]).toEqual([
    "feature maps: the image",
    "feature maps: convolution 1",
    "feature maps: convolution 2",
  ]);
  const [first, second] = ["feature maps: convolution 1", "feature maps: convolution 2"].map((group) =>
    maps.filter((map) => map.group === group),
  );
  expect(first.map(({ height, width }) => [height, width])).toEqual([
    [6, 6],
    [6, 6],
    [6, 6],
  ]);
  expect(second).toHaveLength(8);
  // the first pixel of the first map, by hand
  const kernel = (model.modules[0] as Conv2d).weight.values().slice(0, 9);
  const sum = [0, 1, 2].flatMap((u) => [0, 1, 2].map((v) => kernel[u * 3 + v] * images[u * 8 + v]));
  const value = Math.max(
    0,
    sum.reduce((total, term) => total + term, 0),
  );
  expect(first[0].pixels[0] * first[0].range![1]).toBeCloseTo(value, 2);
});

it("mistakes(model, test) counts every image once, and shows those that were taken for another class", async () => {
  const [confusion, ...wrong] = (await all<Result>(mistakes(model, data))) as [Result, ...Image[]];
  if (confusion.kind !== "confusion") throw new Error("no confusion matrix");
  expect(confusion.counts.map((row) => row.reduce((total, count) => total + count, 0))).toEqual(new Array(10).fill(3));
  const right = confusion.counts.reduce((total, row, label) => total + row[label], 0);
  expect(wrong).toHaveLength(Math.min(15, 30 - right));
  const shares = wrong.map(({ title }) => Number(/\((\d+)\u00a0%\)$/.exec(title)![1]));
  expect(shares).toEqual(shares.toSorted((a, b) => b - a));
});
