// Images that are stored as plain pixels, in lists of numbers or as bytes: how they lie, and how they become images.
import type { Image } from "../image.ts";
import type { ParquetFault } from "./fault.ts";

/** Plain data: it can be sent to a thread. */
export interface PixelLayout {
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
  /** whether a pixel's channels or a channel's pixels lie together */
  readonly order: "HWC" | "CHW";
}

export interface PixelOptions {
  /** of pixels that are no PNG or JPEG: [C, H, W], C 1 or 3; default: told by the lengths of the lists */
  pixelShape?: readonly [number, number, number] | undefined;
  /** whether a pixel's channels or a channel's pixels lie together; default: told by the lengths of the lists */
  pixelOrder?: "HWC" | "CHW" | undefined;
}

/**
 * @param dimensions of a row's lists, outermost first: [28, 28], [784], [32, 32, 3]
 * @throws DataError where they do not tell
 */
export function pixelLayout(dimensions: readonly number[], options: PixelOptions, fault: ParquetFault): PixelLayout {
  const { pixelShape, pixelOrder } = options;
  const total = dimensions.reduce((product, length) => product * length, 1);
  const got = `[${dimensions.join(", ")}] values`;
  const [channels, height, width] = pixelShape ?? told(dimensions) ?? [0, 0, 0];
  if (pixelShape !== undefined && channels * height * width !== total) {
    throw fault("has pixels of another shape", got, `[${pixelShape.join(", ")}]`);
  }
  if (!(channels === 1 || channels === 3) || !(height >= 1 && width >= 1)) {
    throw fault("has pixels whose shape is not told", got, "pixelShape [C, H, W] with C 1 or 3");
  }
  const first = dimensions.length === 3 && dimensions[0] === channels;
  const last = dimensions.length === 3 && dimensions[2] === channels;
  const order = pixelOrder ?? (channels === 1 || last ? "HWC" : first ? "CHW" : null);
  if (order === null) throw fault("has pixels whose order is not told", got, "pixelOrder HWC or CHW");
  return { channels, height, width, order };
}

/** [C, H, W]. */
function told(dimensions: readonly number[]): readonly [number, number, number] | null {
  const [first, second, third] = dimensions as readonly [number, number, number];
  if (dimensions.length === 1) {
    const side = Math.round(Math.sqrt(first));
    return side * side === first ? [1, side, side] : null;
  }
  if (dimensions.length === 2) return [1, first, second];
  if (dimensions.length !== 3) return null;
  return third === 1 || third === 3 ? [third, first, second] : [first, second, third];
}

/** The image that pixels are. @param pixels as many as the layout says, 0 to 255 */
export function imageOfPixels(pixels: Uint8Array, { channels, height, width, order }: PixelLayout): Image {
  const size = { width, height, channels };
  if (channels === 1 || order === "HWC") return { ...size, data: pixels };
  const plane = height * width;
  const data = Uint8Array.from(pixels, (_, at) => pixels[(at % channels) * plane + Math.floor(at / channels)]!);
  return { ...size, data };
}
