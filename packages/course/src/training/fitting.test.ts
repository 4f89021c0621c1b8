import { arrayDataset } from "tatamijs/data";
import { Flatten, Linear, Sequential } from "tatamijs/nn";
import { SGD } from "tatamijs/optim";
import { setBackend } from "tatamijs/tensor";
import { DivergenceError } from "tatamijs/train";
import { expect, it } from "vitest";
import { fitting } from "./fitting.ts";

setBackend("reference");

function options(lr = 0.1) {
  const data = arrayDataset({
    images: Float32Array.from({ length: 40 }, (_, i) => i % 7),
    labels: [0, 1, 0, 1, 0, 1, 0, 1, 0, 1],
    imageShape: [1, 2, 2],
  });
  const model = new Sequential(new Flatten(), new Linear(4, 2)).initialize(1);
  const optimizer = new SGD(model.parameters(), { lr });
  return { model, optimizer, data, validation: data, iterations: 10, batchSize: 5, evaluateEvery: 2 };
}

it("fitting(options) yields every evaluation, then gives fit's result", async () => {
  const run = fitting(options());
  const iterations: number[] = [];
  let item = await run.next();
  for (; !item.done; item = await run.next()) iterations.push(item.value.iteration);
  expect(iterations).toEqual([2, 4, 6, 8, 10]);
  expect(item.value).toMatchObject({ iterations: 10, aborted: false });
});

it("fitting(options) makes no step ahead of who asks, and ends when nobody does", async () => {
  const steps: number[] = [];
  for await (const { iteration } of fitting({ ...options(), onStep: (step) => steps.push(step) })) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(steps.at(-1)).toBe(iteration);
    if (iteration === 4) break;
  }
  expect(steps).toEqual([1, 2, 3, 4]);
});

it("fitting(options) throws what fit throws", async () => {
  const run = fitting(options(1e38));
  await expect(
    (async () => {
      for await (const _ of run);
    })(),
  ).rejects.toThrow(DivergenceError);
});
