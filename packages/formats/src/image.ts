// An image in memory, 8 bits a channel, and the one form of a complaint about a file of this package's formats.
import { DataError } from "tatamijs/shape";

export interface Image {
  readonly width: number;
  readonly height: number;
  /** of a pixel: 1 grey, 3 red, green, blue */
  readonly channels: 1 | 3;
  /** [height, width, channels], row-major, 0 to 255 */
  readonly data: Uint8Array;
}

export interface ImageLimits {
  /** for messages; default: the path or "the data" */
  source?: string | undefined;
  /** refuse images of more pixels before they are decoded; default 2²⁶ */
  mostPixels?: number | undefined;
}

/** Decodes to some 200 MB of RGB: the largest pictures of phones. */
export const defaultMostPixels = 2 ** 26;

/** Complains about one source of one format. */
export type ImageFault = (what: string, got: string, expected: string, cause?: unknown) => DataError;

export function imageFaults(op: string, source: string): ImageFault {
  return (what, got, expected, cause) =>
    new DataError(
      `${op}: ${source} ${what}, got ${got}, expected ${expected}`,
      source,
      cause === undefined ? undefined : { cause },
    );
}

/** @throws DataError unless the sizes are at least 1 and within the limit */
export function checkSize(width: number, height: number, mostPixels: number, fault: ImageFault): void {
  const got = `${width} × ${height} pixels`;
  if (width < 1 || height < 1) throw fault("has no pixels", got, "at least 1 × 1");
  if (width * height > mostPixels) throw fault("is too large", got, `at most ${mostPixels} pixels`);
}

/** [H, W, C] to [C, H, W], bytes. */
export function planesOf({ width, height, channels, data }: Image): Uint8Array {
  if (channels === 1) return data;
  const pixels = width * height;
  const planes = new Uint8Array(data.length);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      planes[channel * pixels + pixel] = data[pixel * channels + channel]!;
    }
  }
  return planes;
}
