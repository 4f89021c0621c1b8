// Means and standard deviations per channel, and data sets brought to mean 0 and deviation 1 by them.
import { OptionError } from "../shape/errors.ts";
import type { Dataset } from "./dataset.ts";

export interface ChannelStatistics {
  /** [C] */
  readonly mean: readonly number[];
  /** [C], the biased one: divided by the number of values */
  readonly std: readonly number[];
}

/** The mean and standard deviation of each channel over all images and pixels. */
export function channelStatistics({ images, imageShape }: Dataset): ChannelStatistics {
  const [channels, height, width] = imageShape;
  const pixels = height * width;
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let begin = 0; begin < images.length; begin += pixels) {
    const channel = (begin / pixels) % channels;
    for (let index = begin; index < begin + pixels; index++) {
      const value = images[index]!;
      sums[channel]! += value;
      squares[channel]! += value * value;
    }
  }
  const count = images.length / channels;
  const mean = Array.from(sums, (sum) => sum / count);
  const std = Array.from(squares, (sum, channel) => Math.sqrt(Math.max(0, sum / count - mean[channel]! ** 2)));
  return { mean, std };
}

/**
 * The data set with (image - mean) / std per channel, in a new array. Use the training set's statistics for both splits.
 * @throws OptionError unless mean and std hold one finite number per channel, std above 0
 */
export function normalize(dataset: Dataset, { mean, std }: ChannelStatistics): Dataset {
  const [channels, height, width] = dataset.imageShape;
  checkPerChannel("mean", mean, channels, Number.NEGATIVE_INFINITY);
  checkPerChannel("std", std, channels, 0);
  const pixels = height * width;
  const images = new Float32Array(dataset.images.length);
  for (let begin = 0; begin < images.length; begin += pixels) {
    const channel = (begin / pixels) % channels;
    const shift = mean[channel]!;
    const scale = 1 / std[channel]!;
    for (let index = begin; index < begin + pixels; index++) {
      images[index] = (dataset.images[index]! - shift) * scale;
    }
  }
  return { ...dataset, images };
}

function checkPerChannel(option: string, values: readonly number[], channels: number, above: number): void {
  if (values.length !== channels || values.some((value) => !Number.isFinite(value) || value <= above)) {
    const range = above === 0 ? "finite numbers above 0" : "finite numbers";
    throw new OptionError(
      `normalize: ${option} does not fit the channels, got [${values.join(", ")}], expected ${channels} ${range}`,
      option,
      values,
    );
  }
}
