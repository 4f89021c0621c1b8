// An image as the pixels a data set holds: brought to a shape, or refused where it has another.
import { DataError } from "tatamijs/shape";
import { type Image, planesOf } from "./image.ts";
import { resize, toChannels } from "./resize.ts";

export interface Fitting {
  /** [C, H, W], C 1 or 3 where images are brought to it */
  readonly imageShape: readonly [number, number, number];
  /** whether images of other shapes are brought to it */
  readonly resized: boolean;
  /** the image whose shape it is, for messages */
  readonly first: string;
}

/**
 * @param source of the image, for messages
 * @returns [C, H, W], bytes
 * @throws DataError for an image of another shape, where it is not to be resized
 */
export function fitted(op: string, image: Image, { imageShape, resized, first }: Fitting, source: string): Uint8Array {
  const [channels, height, width] = imageShape;
  const own = resized ? resize(toChannels(image, channels), width, height) : image;
  if (own.channels === channels && own.height === height && own.width === width) return planesOf(own);
  throw new DataError(
    `${op}: ${source} is of another shape, got [${own.channels}, ${own.height}, ${own.width}], expected [${imageShape.join(", ")}] of ${first}; imageShape brings all to one`,
    source,
  );
}
