import { expect, it } from "vitest";
import "../devices.ts";
import { Dropout, Flatten, Sequential } from "../nn/index.ts";
import { OptionError } from "../shape/errors.ts";
import { evaluate } from "./evaluate.ts";
import { brightestPixel, smallModel } from "./toy-data.ts";

const data = brightestPixel(10);
const backend = "reference";

it("evaluate(model, data) counts exactly, a last smaller batch included", async () => {
  // an image is its own scores here
  const model = new Sequential(new Flatten());
  for (const batchSize of [3, 10, 100]) {
    expect((await evaluate(model, data, { batchSize, backend })).accuracy).toBe(1);
  }
  const labels = data.labels.map((label, index) => (index < 3 ? (label + 1) % 4 : label));
  expect((await evaluate(model, { ...data, labels }, { batchSize: 4, backend })).accuracy).toBe(0.7);
});

it("evaluate(model, data) gives the mean loss whatever the batch size", async () => {
  const model = smallModel();
  const whole = await evaluate(model, data, { backend });
  const parts = await evaluate(model, data, { batchSize: 3, backend });
  expect(parts.loss).toBeCloseTo(whole.loss, 6);
});

it("evaluate(model, data) switches dropout off", async () => {
  const model = new Sequential(new Flatten(), new Dropout(0.9)).initialize(1);
  expect((await evaluate(model, data, { backend })).accuracy).toBe(1);
  expect(model.training).toBe(true);
});

it("evaluate(model, data, {batchSize: 0}) is refused", async () => {
  await expect(evaluate(smallModel(), data, { batchSize: 0 })).rejects.toThrow(OptionError);
});
