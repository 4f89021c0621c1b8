import { expect, it } from "vitest";
import "../devices.ts";
import { Flatten, Identity, Sequential } from "../nn/index.ts";
import { ShapeError } from "../shape/errors.ts";
import { predict } from "./predict.ts";
import { brightestPixel } from "./toy-data.ts";

const backend = "reference";

it("predict(model, data) gives classes and their probabilities, in batches", async () => {
  const data = brightestPixel(10);
  const { labels, probabilities, classes } = await predict(new Sequential(new Flatten()), data, {
    batchSize: 3,
    backend,
  });
  expect(classes).toBe(4);
  expect(labels).toEqual(data.labels);
  for (let row = 0; row < 10; row++) {
    const exponentials = Array.from(data.images.subarray(row * 4, row * 4 + 4), Math.exp);
    const total = exponentials.reduce((a, b) => a + b);
    exponentials.forEach((value, column) => {
      expect(probabilities[row * 4 + column]).toBeCloseTo(value / total, 6);
    });
  }
});

it("predict(model, {images, imageShape}) refuses a part of an image", async () => {
  const images = new Float32Array(6);
  const failure = predict(new Sequential(new Flatten()), { images, imageShape: [1, 2, 2] });
  await expect(failure).rejects.toThrow(ShapeError);
  await expect(failure).rejects.toThrow("got 6 values, expected a multiple of 4 for [1, 2, 2]");
});

it("predict(model, images) refuses a model without scores", async () => {
  const failure = predict(new Identity(), brightestPixel(2), { backend });
  await expect(failure).rejects.toThrow("predict: the model gives no scores, got [2, 1, 2, 2], expected [B, K]");
});
