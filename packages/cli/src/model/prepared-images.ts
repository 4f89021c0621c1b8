// Images made into what a model was trained on: channels, size, range, and for digits inverted and centred.
import { buffer } from "node:stream/consumers";
import type { Preprocessing } from "tatamijs/model-file";
import { centreDigit, type Image, invert, planesOf, readImage, resize, toChannels } from "tatamijs-formats";
import { UsageError } from "../command/usage-error.ts";
import { standardInput } from "./image-inputs.ts";

export interface Preparation {
  readonly imageShape: readonly [number, number, number];
  readonly invert: boolean;
  readonly centre: boolean;
}

/** @throws UsageError where images of that shape cannot be centred @throws DataError where one cannot be read */
export async function preparedImage(input: string, { imageShape, ...options }: Preparation): Promise<Image> {
  const [channels, height, width] = imageShape;
  const source = input === standardInput ? "the standard input" : input;
  const image = await readImage(input === standardInput ? await buffer(process.stdin) : input, { source });
  if (options.centre) {
    if (width !== height) {
      throw new UsageError(`--centre needs square images, got a model for ${height} × ${width}, expected H = W`);
    }
    return toChannels(centreDigit(image, width, { invert: options.invert, source }), channels);
  }
  const fitted = resize(toChannels(image, channels), width, height);
  return options.invert ? invert(fitted) : fitted;
}

/** Bytes [0, 255] of images one after the other as the numbers a model takes. */
export function modelInput(images: readonly Image[], preprocessing: Preprocessing): Float32Array {
  const size = images[0].data.length;
  const pixels = new Float32Array(images.length * size);
  for (const [index, image] of images.entries()) pixels.set(Float32Array.from(planesOf(image), unit), index * size);
  return normalized(pixels, images[0].channels, images[0].width * images[0].height, preprocessing);
}

function unit(byte: number): number {
  return byte / 255;
}

/** Pixels [N, C, H, W] in [0, 1] less the model's mean and by its deviation, in place. */
export function normalized(
  pixels: Float32Array,
  channels: number,
  plane: number,
  { mean, std }: Preprocessing,
): Float32Array {
  if (mean === undefined && std === undefined) return pixels;
  for (let index = 0; index < pixels.length; index++) {
    const channel = Math.floor(index / plane) % channels;
    pixels[index] = (pixels[index] - (mean?.[channel] ?? 0)) / (std?.[channel] ?? 1);
  }
  return pixels;
}

/** Whether an image is of dark ink on bright paper, where MNIST's are bright on black. */
export function looksInverted({ data }: Image): boolean {
  return data.reduce((sum, value) => sum + value, 0) > 127.5 * data.length;
}
