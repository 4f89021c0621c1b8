// Images brought to other channels and sizes. Photographs shrunk a hundredfold keep their thin lines: every pixel counts.
import { OptionError } from "tatamijs/shape";
import type { Image } from "./image.ts";

/**
 * One channel or three. Grey is the luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, rounded.
 * @throws OptionError for another number of channels
 */
export function toChannels(image: Image, channels: number): Image {
  const { width, height, data } = image;
  if (channels === image.channels) return image;
  if (channels === 3) {
    const rgb = new Uint8Array(3 * data.length);
    for (let pixel = 0; pixel < data.length; pixel++) rgb.fill(data[pixel]!, 3 * pixel, 3 * pixel + 3);
    return { width, height, channels, data: rgb };
  }
  if (channels !== 1) {
    throw new OptionError(
      `toChannels: channels is out of range, got ${channels}, expected 1 or 3`,
      "channels",
      channels,
    );
  }
  const grey = new Uint8Array(width * height);
  for (let pixel = 0; pixel < grey.length; pixel++) {
    grey[pixel] = Math.round(0.299 * data[3 * pixel]! + 0.587 * data[3 * pixel + 1]! + 0.114 * data[3 * pixel + 2]!);
  }
  return { width, height, channels, data: grey };
}

/** Dark to bright and back. */
export function invert(image: Image): Image {
  return { ...image, data: image.data.map((value) => 255 - value) };
}

/**
 * The image in another size, by bilinear interpolation between pixel centres; where it shrinks, the triangle is as wide as the
 * pixels it makes one of, so that none is passed over (as Pillow's BILINEAR).
 * @param width ≥ 1
 * @param height ≥ 1
 * @throws OptionError for sizes that are not integers ≥ 1
 */
export function resize(image: Image, width: number, height: number): Image {
  for (const [option, value] of Object.entries({ width, height })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new OptionError(
      `resize: ${option} is out of range, got ${value}, expected an integer of at least 1`,
      option,
      value,
    );
  }
  if (width === image.width && height === image.height) return image;
  const { channels } = image;
  const columns = weightsOf(image.width, width);
  const rows = weightsOf(image.height, height);
  const between = new Float32Array(image.height * width * channels);
  for (let y = 0; y < image.height; y++) {
    for (const [x, { first, weights }] of columns.entries()) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let index = 0; index < weights.length; index++) {
          sum += weights[index]! * image.data[(y * image.width + first + index) * channels + channel]!;
        }
        between[(y * width + x) * channels + channel] = sum;
      }
    }
  }
  const data = new Uint8Array(height * width * channels);
  const line = width * channels;
  for (const [y, { first, weights }] of rows.entries()) {
    for (let at = 0; at < line; at++) {
      let sum = 0;
      for (let index = 0; index < weights.length; index++)
        sum += weights[index]! * between[(first + index) * line + at]!;
      data[y * line + at] = Math.min(255, Math.max(0, Math.round(sum)));
    }
  }
  return { width, height, channels, data };
}

/** For each new pixel of a line, the old ones it is made of and their shares, which sum to 1. */
function weightsOf(from: number, to: number): { readonly first: number; readonly weights: readonly number[] }[] {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, index) => {
    const centre = (index + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const last = Math.min(from - 1, Math.ceil(centre + reach - 0.5) - 1);
    const shares = Array.from({ length: Math.max(1, last - first + 1) }, (_, place) =>
      Math.max(0, 1 - Math.abs(first + place + 0.5 - centre) / reach),
    );
    const total = shares.reduce((sum, share) => sum + share, 0);
    return { first, weights: shares.map((share) => share / total) };
  });
}
