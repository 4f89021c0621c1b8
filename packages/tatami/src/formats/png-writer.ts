// PNG files of small images for logs: 8 bits a channel, not compressed.
import { ShapeError } from "../shape/errors.ts";
import { crc32 } from "./crc32.ts";

/** An image for people. */
export interface PixelImage {
  /** of a pixel: 1 grey, 3 red, green, blue */
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
  /** [height, width, channels], row-major, 0 to 255 */
  readonly pixels: Uint8Array;
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** the most that a stored block of deflate holds */
const blockLength = 65_535;

/** @throws ShapeError where the pixels do not fit the sizes */
export function writePng({ channels, height, width, pixels }: PixelImage): Uint8Array<ArrayBuffer> {
  const row = width * channels;
  if (pixels.length !== row * height || !(height >= 1) || !(width >= 1)) {
    throw new ShapeError(
      `writePng: pixels do not fit the image, got ${pixels.length}, expected ${height} × ${width} × ${channels}`,
      [height, width, channels],
    );
  }
  const lines = new Uint8Array((row + 1) * height);
  // each line begins with its filter: 0, none
  for (let y = 0; y < height; y++) lines.set(pixels.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8);
  return joined([signature, chunk("IHDR", header), chunk("IDAT", stored(lines)), chunk("IEND", new Uint8Array())]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let index = 0; index < 4; index++) bytes[4 + index] = type.charCodeAt(index);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** A zlib stream of blocks that are not compressed. */
function stored(data: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let begin = 0; begin < data.length; begin += blockLength) {
    const block = data.subarray(begin, begin + blockLength);
    const last = begin + block.length === data.length ? 1 : 0;
    const length = block.length;
    pieces.push(Uint8Array.of(last, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255), block);
  }
  const check = new Uint8Array(4);
  new DataView(check.buffer).setUint32(0, adler32(data));
  return joined([...pieces, check]);
}

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return ((b << 16) | a) >>> 0;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((total, { length }) => total + length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
