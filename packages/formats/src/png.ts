// PNG images: all colour types and bit depths, interlaced or not, with alpha laid over white. No colour management. Written
// here because zlib is in Node, and because a decoder from elsewhere inflates what a lying file asks for.
import { inflateSync } from "node:zlib";
import { defaultMostPixels, type Image, type ImageFault, type ImageLimits, imageFaults } from "./image.ts";
import { type PngContent, pngContent, pngSignature } from "./png-chunks.ts";

/** No deflate stream (RFC 1951) grows by more. */
const maximumExpansion = 1032;

const largestPiece = 2 ** 20;

const samplesOf = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;

export function isPng(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && pngSignature.every((byte, index) => bytes[index] === byte);
}

/**
 * A PNG image as grey or RGB of 8 bits; 16 are rounded down to the upper 8, transparent pixels are laid over white.
 * @throws DataError where it is no PNG, damaged, or larger than the limit
 */
export function decodePng(bytes: Uint8Array, limits: ImageLimits = {}): Image {
  const { source = "the data", mostPixels = defaultMostPixels } = limits;
  const fault = imageFaults("png", source);
  if (!isPng(bytes)) throw fault("is no PNG", `${bytes.length} bytes that begin otherwise`, "PNG's signature");
  const content = pngContent(bytes, mostPixels, fault);
  const passes = passesOf(content);
  const bits = samplesOf[content.colorType] * content.bitDepth;
  const lineBytes = (width: number): number => Math.ceil((width * bits) / 8);
  const length = passes.reduce((sum, { width, height }) => sum + height * (1 + lineBytes(width)), 0);
  const lines = inflated(content.compressed, length, fault);
  const samples = samplesOf[content.colorType];
  const values = new Uint8Array(content.width * content.height * samples);
  const key = keyOf(content, fault);
  const opaque = key === null ? null : new Uint8Array(content.width * content.height).fill(255);
  let offset = 0;
  for (const { width, height, left, top, right, down } of passes) {
    const stride = lineBytes(width);
    unfilter(lines, offset, height, stride, Math.max(1, bits >> 3), fault);
    for (let y = 0; y < height; y++) {
      const line = lines.subarray(offset + y * (stride + 1) + 1, offset + (y + 1) * (stride + 1));
      if (!content.interlaced && content.bitDepth === 8 && opaque === null) {
        values.set(line, y * stride);
        continue;
      }
      for (let x = 0; x < width; x++) {
        const pixel = (top + y * down) * content.width + left + x * right;
        for (let sample = 0; sample < samples; sample++) {
          values[pixel * samples + sample] = byteOf(line, x * samples + sample, content);
        }
        if (opaque !== null && matches(line, x * samples, content.bitDepth, key!)) opaque[pixel] = 0;
      }
    }
    offset += height * (stride + 1);
  }
  return imageOf(content, values, opaque, fault);
}

interface Pass {
  readonly width: number;
  readonly height: number;
  /** of its first pixel in the image */
  readonly left: number;
  readonly top: number;
  /** from one of its pixels to the next */
  readonly right: number;
  readonly down: number;
}

/** left, top, right, down of Adam7's passes */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

function passesOf({ width, height, interlaced }: PngContent): Pass[] {
  if (!interlaced) return [{ width, height, left: 0, top: 0, right: 1, down: 1 }];
  return adam7
    .map(([left, top, right, down]) => ({
      width: Math.max(0, Math.ceil((width - left) / right)),
      height: Math.max(0, Math.ceil((height - top) / down)),
      left,
      top,
      right,
      down,
    }))
    .filter((pass) => pass.width > 0 && pass.height > 0);
}

function inflated(compressed: Uint8Array, length: number, fault: ImageFault): Uint8Array {
  if (length > compressed.length * maximumExpansion + 1024) {
    throw fault("is shorter than its size", `${compressed.length} compressed bytes`, `enough for ${length}`);
  }
  let lines: Uint8Array;
  try {
    // in one piece where it is no larger than that: zlib's own pieces are 16 KiB, much for a small image
    const chunkSize = Math.min(Math.max(length + 1, 64), largestPiece);
    lines = inflateSync(compressed, { maxOutputLength: length, chunkSize });
  } catch (cause) {
    const reason = cause instanceof RangeError ? `more than ${length} bytes of pixels` : (cause as Error).message;
    throw fault("has damaged pixels", JSON.stringify(reason), `a zlib stream of ${length} bytes`, cause);
  }
  if (lines.length !== length) throw fault("has too few pixels", `${lines.length} bytes`, String(length));
  return lines;
}

/** Undoes the filters of `height` lines in place (PNG 9.2). */
function unfilter(
  lines: Uint8Array,
  offset: number,
  height: number,
  stride: number,
  step: number,
  fault: ImageFault,
): void {
  for (let y = 0; y < height; y++) {
    const begin = offset + y * (stride + 1) + 1;
    const filter = lines[begin - 1]!;
    if (filter > 4) throw fault(`has an unknown filter in line ${y}`, String(filter), "0 to 4");
    // the line above the first, like what is left of a line, is all zero
    const above = y > 0 ? begin - stride - 1 : null;
    if (filter === 1) for (let x = step; x < stride; x++) lines[begin + x]! += lines[begin + x - step]!;
    else if (filter === 2 && above !== null) for (let x = 0; x < stride; x++) lines[begin + x]! += lines[above + x]!;
    else if (filter > 2) {
      for (let x = 0; x < stride; x++) {
        const a = x >= step ? lines[begin + x - step]! : 0;
        const b = above === null ? 0 : lines[above + x]!;
        const c = above === null || x < step ? 0 : lines[above + x - step]!;
        lines[begin + x]! += filter === 3 ? (a + b) >> 1 : paeth(a, b, c);
      }
    }
  }
}

/** Whichever of left, above and above left is nearest to a + b − c. */
function paeth(a: number, b: number, c: number): number {
  const toA = Math.abs(b - c);
  const toB = Math.abs(a - c);
  const toC = Math.abs(a + b - 2 * c);
  if (toA <= toB && toA <= toC) return a;
  return toB <= toC ? b : c;
}

/** A sample brought to 8 bits; an index into a palette stays what it is. */
function byteOf(line: Uint8Array, index: number, { bitDepth, colorType }: PngContent): number {
  if (bitDepth === 8) return line[index]!;
  if (bitDepth === 16) return line[2 * index]!;
  const value = packed(line, index, bitDepth);
  return colorType === 3 ? value : (value * 255) / ((1 << bitDepth) - 1);
}

function packed(line: Uint8Array, index: number, bitDepth: number): number {
  const bit = index * bitDepth;
  return (line[bit >> 3]! >> (8 - bitDepth - (bit & 7))) & ((1 << bitDepth) - 1);
}

/** The samples of the one colour that is transparent, of images without alpha or palette. */
function keyOf({ colorType, transparency }: PngContent, fault: ImageFault): readonly number[] | null {
  if (transparency === null || (colorType !== 0 && colorType !== 2)) return null;
  const samples = samplesOf[colorType];
  if (transparency.length !== 2 * samples) {
    throw fault("has a wrong transparency", `${transparency.length} bytes`, String(2 * samples));
  }
  return Array.from({ length: samples }, (_, index) => transparency[2 * index]! * 256 + transparency[2 * index + 1]!);
}

function matches(line: Uint8Array, index: number, bitDepth: number, key: readonly number[]): boolean {
  return key.every((value, sample) => {
    const at = index + sample;
    if (bitDepth === 16) return line[2 * at]! * 256 + line[2 * at + 1]! === value;
    return (bitDepth === 8 ? line[at]! : packed(line, at, bitDepth)) === value;
  });
}

function imageOf(
  { width, height, colorType, palette, transparency }: PngContent,
  values: Uint8Array,
  opaque: Uint8Array | null,
  fault: ImageFault,
): Image {
  const pixels = width * height;
  const channels = colorType === 0 || colorType === 4 ? 1 : 3;
  if (opaque === null && (colorType === 0 || colorType === 2)) return { width, height, channels, data: values };
  const samples = samplesOf[colorType];
  const data = new Uint8Array(pixels * channels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    let alpha = opaque?.[pixel] ?? 255;
    let from: Uint8Array = values;
    let at = pixel * samples;
    if (colorType === 3) {
      const index = values[pixel]!;
      if (index * 3 >= palette!.length)
        throw fault("names a colour that is not there", String(index), `below ${palette!.length / 3}`);
      alpha = transparency?.[index] ?? 255;
      from = palette!;
      at = index * 3;
    } else if (colorType >= 4) alpha = values[at + samples - 1]!;
    for (let channel = 0; channel < channels; channel++) {
      data[pixel * channels + channel] = Math.round((from[at + channel]! * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  return { width, height, channels, data };
}
