import { describe, expect, it } from "vitest";
import { OptionError } from "../shape/errors.ts";
import { arrayDataset } from "./dataset.ts";
import { channelStatistics, normalize } from "./normalize.ts";

// two images of two channels of two pixels
const set = arrayDataset({ images: [1, 3, 10, 30, 5, 7, 50, 70], labels: [0, 1], imageShape: [2, 1, 2] });

describe("channelStatistics(dataset)", () => {
  it("is over all images and pixels of a channel", () => {
    const { mean, std } = channelStatistics(set);
    expect(mean).toEqual([4, 40]);
    expect(std[0]).toBeCloseTo(Math.sqrt(5), 12);
    expect(std[1]).toBeCloseTo(Math.sqrt(500), 12);
  });
});

describe("normalize(dataset, {mean, std})", () => {
  it("brings each channel to mean 0 and deviation 1", () => {
    const { mean, std } = channelStatistics(normalize(set, channelStatistics(set)));
    for (const channel of [0, 1]) {
      expect(mean[channel]).toBeCloseTo(0, 6);
      expect(std[channel]).toBeCloseTo(1, 6);
    }
    expect(set.images[0]).toBe(1);
  });

  it("refuses statistics that do not fit", () => {
    expect(() => normalize(set, { mean: [0], std: [1, 1] })).toThrow(
      "normalize: mean does not fit the channels, got [0], expected 2 finite numbers",
    );
    expect(() => normalize(set, { mean: [0, 0], std: [1, 0] })).toThrow(OptionError);
    expect(() => normalize(set, { mean: [0, Number.NaN], std: [1, 1] })).toThrow(OptionError);
  });
});
