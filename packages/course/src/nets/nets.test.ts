import { ones, tensor } from "tatamijs/ops";
import { setBackend } from "tatamijs/tensor";
import { describe, expect, it } from "vitest";
import { BookBatchNorm, BookDropout } from "./book-layers.ts";
import { deepConv, doubleConv, simpleConv } from "./convolutional.ts";
import { alexNet, latestNames, latestNets } from "./latest.ts";
import { mlp } from "./mlp.ts";
import { netNames, nets } from "./nets.ts";
import { outputSize, receptiveField, sizesThrough } from "./sizes.ts";

setBackend("reference");

const sizeOf = (model: { parameters(): { values(): { length: number } }[] }): number =>
  model.parameters().reduce((total, parameter) => total + parameter.values().length, 0);

it("new BookDropout(p) only sets to 0 while training, and scales by 1 − p in evaluation", async () => {
  const layer = new BookDropout(0.25);
  layer.initialize(1);
  const kept = await layer.call(ones([1, 400])).data();
  expect(new Set(kept)).toEqual(new Set([0, 1]));
  expect(Math.abs(kept.filter((value) => value === 0).length - 100)).toBeLessThan(40);
  expect(
    new Set(
      await layer
        .eval()
        .call(ones([1, 4]))
        .data(),
    ),
  ).toEqual(new Set([0.75]));
});

it("new BookBatchNorm(features) starts from running statistics of 0 and follows the biased variance", async () => {
  const layer = new BookBatchNorm(2).initialize(1);
  const out = await layer.call(tensor([1, 10, 3, 30], [2, 2])).data();
  expect([...out].map((value) => Number(value.toFixed(3)))).toEqual([-1, -1, 1, 1]);
  expect([...(await layer.runningMean.data())].map((value) => Number(value.toFixed(5)))).toEqual([0.2, 2]);
  expect([...(await layer.runningVar.data())].map((value) => Number(value.toFixed(5)))).toEqual([0.1, 10]);
});

it("new BookBatchNorm(features) takes images by pixel", () => {
  expect(new BookBatchNorm(18).initialize(1).call(ones([3, 2, 3, 3])).shape).toEqual([3, 2, 3, 3]);
});

it("mlp(options) is as large as its sizes say", () => {
  expect(sizeOf(mlp({ hidden: [40, 20] }))).toBe(785 * 40 + 41 * 20 + 21 * 10);
  expect(sizeOf(mlp({ hidden: [3], batchNorm: "before", inputs: 4, classes: 2 }))).toBe(15 + 6 + 8);
});

it("simpleConv, doubleConv and deepConv flatten what their windows leave", () => {
  for (const model of [
    simpleConv({ filterSize: 4, stride: 2, padding: 1 }),
    doubleConv({ padding: 0 }),
    deepConv({ fourthPadding: 1 }),
  ]) {
    expect(
      model
        .initialize(1)
        .eval()
        .call(ones([1, 1, 28, 28])).shape,
    ).toEqual([1, 10]);
  }
});

it("nets[name].build(hidden, choices, input) takes images of another shape, and other classes", () => {
  for (const name of netNames) {
    const model = nets[name]
      .build([8], {}, { imageShape: [3, 32, 20], classes: 7 })
      .initialize(1)
      .eval();
    expect(model.call(ones([2, 3, 32, 20])).shape).toEqual([2, 7]);
  }
});

it("nets[name].build(hidden, choices, input) says how large images have to be", () => {
  expect(() => nets["simple-conv"].build([8], {}, { imageShape: [1, 5, 40] })).toThrow(
    "net: images are too small for its windows, got 5 × 40, expected at least 6 × 6",
  );
});

describe("latestNets", () => {
  it.each(latestNames)("%s gives ten scores", (name) => {
    expect(
      latestNets[name]()
        .initialize(1)
        .train()
        .call(ones([2, 1, 28, 28])).shape,
    ).toEqual([2, 10]);
  });
});

it("alexNet({head: flatten}) has the course's 43,264 inputs, the pools 256", () => {
  const inputs = (head: "flatten" | "max"): number =>
    alexNet({ head, hidden: 1, classes: 2 })
      .parameters()
      .filter(({ rank }) => rank === 2)[0].shape[1];
  expect([inputs("flatten"), inputs("max")]).toEqual([43_264, 256]);
});

it("outputSize(size, filter, options) is (H + 2P − F)/S + 1, rounded down", () => {
  expect(outputSize(6, 2, { padding: 1 })).toBe(7);
  expect(outputSize(224, 11, { stride: 4, padding: 2 })).toBe(55);
  expect(outputSize(6, 3, { stride: 2 })).toBe(2);
  expect(outputSize(3, 5)).toBeLessThan(1);
});

it("sizesThrough(size, layers) and receptiveField(layers) go through a network", () => {
  const layers = [
    { filter: 7, padding: 1 },
    { filter: 2, stride: 2 },
    { filter: 3, padding: 1 },
    { filter: 2, stride: 2 },
  ];
  expect(sizesThrough(28, layers)).toEqual([24, 12, 12, 6]);
  expect(receptiveField([{ filter: 3 }, { filter: 3 }])).toBe(5);
  expect(receptiveField([{ filter: 3 }, { filter: 2, stride: 2 }, { filter: 3 }])).toBe(8);
});
