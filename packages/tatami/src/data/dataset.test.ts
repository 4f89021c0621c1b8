import { describe, expect, it } from "vitest";
import { DataError, OptionError, ShapeError } from "../shape/errors.ts";
import { type ArrayDatasetOptions, arrayDataset, take } from "./dataset.ts";

const options: ArrayDatasetOptions = {
  images: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 0.5),
  labels: [0, 2, 1],
  imageShape: [1, 1, 2],
  name: "pairs",
};

describe("arrayDataset({images, labels, imageShape})", () => {
  it("keeps typed arrays and counts the classes", () => {
    const set = arrayDataset(options);
    expect(set.images).toBe(options.images);
    expect(set).toMatchObject({ name: "pairs", imageShape: [1, 1, 2], labels: Int32Array.of(0, 2, 1), classes: 3 });
  });

  it("scales bytes to [0, 1] and takes other numbers as they are", () => {
    expect([...arrayDataset({ images: Uint8Array.of(0, 255), labels: [0], imageShape: [1, 1, 2] }).images]).toEqual([
      0, 1,
    ]);
    expect([...arrayDataset({ images: [3, -2], labels: [0], imageShape: [2, 1, 1] }).images]).toEqual([3, -2]);
  });

  it("refuses an image shape that is not three sizes of at least 1", () => {
    expect(() => arrayDataset({ ...options, imageShape: [1, 0, 2] })).toThrow(
      "arrayDataset: imageShape is out of range, got [1, 0, 2], expected [C, H, W] of at least 1 each",
    );
    expect(() => arrayDataset({ ...options, imageShape: [1, 2] as unknown as [1, 2, 3] })).toThrow(ShapeError);
  });

  it("refuses images and labels that differ in number, and no images", () => {
    expect(() => arrayDataset({ ...options, labels: [0, 1] })).toThrow(
      "arrayDataset: images of pairs do not match the labels, got 6 values for 2 labels, expected 4 for images of [1, 1, 2]",
    );
    expect(() => arrayDataset({ ...options, images: [], labels: [] })).toThrow(DataError);
  });

  it("names the first label out of range", () => {
    expect(() => arrayDataset({ ...options, classes: 2 })).toThrow(
      "arrayDataset: labels of pairs are out of range, got 2 at index 1, expected integers from 0 to 1",
    );
    for (const label of [-1, 0.5, Number.NaN, 2 ** 31]) {
      expect(() => arrayDataset({ ...options, labels: [0, 0, label] })).toThrow(`got ${label} at index 2`);
    }
    expect(() => arrayDataset({ ...options, classes: 0 })).toThrow(OptionError);
  });

  it("names the first value that is not finite", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e39]) {
      expect(() => arrayDataset({ ...options, images: [0, 0, 0, value, 0, Number.NaN] })).toThrow(
        `arrayDataset: images of pairs hold a value that is not finite, got ${value} at index 3 (image 1), expected finite float32 numbers`,
      );
    }
  });
});

describe("take(dataset, count, start)", () => {
  it("gives views of consecutive images and their labels", () => {
    const set = arrayDataset(options);
    const rest = take(set, 2, 1);
    expect([...rest.images]).toEqual([0.5, 0.75, 1, 0.5]);
    expect([...rest.labels]).toEqual([2, 1]);
    expect(rest.images.buffer).toBe(set.images.buffer);
    expect(take(set, 1)).toMatchObject({ classes: 3, labels: Int32Array.of(0) });
  });

  it("refuses what is not there", () => {
    const set = arrayDataset(options);
    expect(() => take(set, 4)).toThrow(
      "take: count is out of range, got 4 from index 0, expected an integer from 1 to 3",
    );
    expect(() => take(set, 3, 1)).toThrow(OptionError);
    expect(() => take(set, 0)).toThrow(OptionError);
    expect(() => take(set, 1, 3)).toThrow("take: start is out of range, got 3, expected an integer from 0 to 2");
  });
});
