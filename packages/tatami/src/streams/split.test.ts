import { describe, expect, it } from "vitest";
import { arrayDataset } from "../data/dataset.ts";
import { DataError, OptionError } from "../shape/errors.ts";
import { split } from "./split.ts";

/** The pixel of each image is its index. */
const labels = Array.from({ length: 60 }, (_, index) => (index < 40 ? 0 : index < 57 ? 1 : 2));
const data = arrayDataset({ images: labels.map((_, index) => index), labels, imageShape: [1, 1, 1] });

describe("split(data, share, seed)", () => {
  it("cuts each class in the same share, and loses no image", () => {
    const { rest, part } = split(data, 0.2, 3);
    expect([...rest.images, ...part.images].sort((a, b) => a - b)).toEqual(labels.map((_, index) => index));
    const counts = [0, 1, 2].map((label) => part.labels.filter((own) => own === label).length);
    expect(counts).toEqual([8, 3, 1]);
    expect([...part.images].map((index) => labels[index])).toEqual([...part.labels]);
    expect(part.classes).toBe(3);
  });

  it("is decided by the seed", () => {
    const images = (seed: number): number[] => [...split(data, 0.2, seed).part.images];
    expect(images(3)).toEqual(images(3));
    expect(images(3)).not.toEqual(images(4));
  });

  it("refuses shares that leave nothing", () => {
    expect(() => split(data, 1, 0)).toThrow(OptionError);
    expect(() => split(data, 0.001, 0)).toThrow(DataError);
  });
});
