// The readers of images that are fuzzed: whole small files that other programs wrote, and files that lie in their own ways.
import { deflateSync } from "node:zlib";
import { cifarFromBytes } from "../packages/formats/src/cifar.ts";
import { foreignImage, type foreignImages } from "../packages/formats/src/foreign-images.ts";
import type { Image } from "../packages/formats/src/image.ts";
import { decodeJpeg } from "../packages/formats/src/jpeg.ts";
import { decodePng } from "../packages/formats/src/png.ts";
import { crc32 } from "../packages/tatami/src/formats/crc32.ts";
import { joined } from "./damage.ts";
import type { Draws } from "./draws.ts";
import type { Reader } from "./reader.ts";

/** 4 megapixels: what a file asks for within the limit is memory that it may have. */
const mostPixels = 2 ** 22;

function check({ width, height, channels, data }: Image): void {
  if (width < 1 || height < 1 || width * height * channels !== data.length || width * height > mostPixels) {
    throw new Error(`fuzz: accepted ${width} × ${height} × ${channels} with ${data.length} bytes`);
  }
}

function chunk(type: string, data: Uint8Array, length = data.length): Uint8Array {
  const bytes = joined(new Uint8Array(4), new TextEncoder().encode(type), data, new Uint8Array(4));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Chunks whose checksums are right and whose content may be anything. */
function lieOfPng(draws: Draws): Uint8Array {
  const size = (): number => (draws.chance(0.85) ? 1 + draws.below(9) : Math.floor(Math.abs(draws.number())) % 2 ** 32);
  const [width, height] = [size(), size()];
  const depth = draws.of([1, 2, 4, 8, 8, 8, 16, draws.below(256)]);
  const color = draws.of([0, 2, 3, 4, 6, draws.below(256)]);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([depth, color, draws.chance(0.95) ? 0 : 1, draws.chance(0.95) ? 0 : 1, draws.below(2)], 8);
  const samples = ({ 2: 3, 4: 2, 6: 4 } as Readonly<Record<number, number>>)[color] ?? 1;
  const stride = 1 + Math.ceil((width * samples * depth) / 8);
  // mostly as many bytes as an image that is not interlaced has; seldom a bomb
  const honest = stride * height < 4096 && draws.chance(0.85);
  const lines = honest ? draws.bytes(stride * height) : new Uint8Array(draws.of([0, 10, 1000, 1e6, 2e7]));
  if (honest) for (let y = 0; y < height; y++) lines[y * stride] = draws.chance(0.99) ? draws.below(5) : 5;
  const chunks = [
    chunk("IHDR", header),
    chunk("PLTE", draws.bytes(draws.of([3, 6, 48, 768, 4, 0]))),
    chunk("tRNS", draws.bytes(draws.of([2, 6, 1, 256, 0]))),
    chunk("IDAT", new Uint8Array(deflateSync(lines))),
    chunk("IEND", new Uint8Array(0)),
  ].filter(() => draws.chance(0.95));
  if (draws.chance(0.1))
    chunks.splice(draws.below(5), 0, chunk(draws.of(["tEXt", "ABCD", "IHDR", "IDAT"]), draws.bytes(9)));
  return joined(signature, ...chunks);
}

/** A frame of another size or sampling, tables of other lengths, segments twice or not at all. */
function lieOfJpeg(draws: Draws, files: readonly Uint8Array[]): Uint8Array {
  const file = new Uint8Array(draws.of(files));
  const segments: Uint8Array[] = [];
  let offset = 2;
  while (file[offset + 1] !== 0xda) {
    const length = 2 + file[offset + 2]! * 256 + file[offset + 3]!;
    segments.push(file.slice(offset, offset + length));
    offset += length;
  }
  for (let count = 1 + draws.below(2); count > 0; count--) {
    const index = draws.below(segments.length);
    const segment = segments[index]!;
    const way = draws.below(6);
    if (way < 3) {
      const frame = segments.find((other) => other[1] === 0xc0 || other[1] === 0xc2)!;
      const value = draws.chance(0.7) ? 1 + draws.below(40) : Math.floor(Math.abs(draws.number())) % 65_536;
      const field = draws.of([5, 7]);
      frame.set([value >> 8, value & 255], field);
      if (draws.chance(0.3)) frame[11 + 3 * draws.below(Math.floor((frame.length - 10) / 3))] = draws.below(256);
    } else if (way === 3) segment[4 + draws.below(segment.length - 4)] = draws.below(256);
    else if (way === 4) segments.splice(index, 1);
    else segments.splice(draws.below(segments.length + 1), 0, segment);
    if (segments.length === 0 || !segments.some((other) => other[1] === 0xc0 || other[1] === 0xc2)) break;
  }
  return joined(file.subarray(0, 2), ...segments, file.subarray(offset));
}

export const pngReader: Reader = {
  files: async () =>
    (
      [
        "palette",
        "rgb",
        "grey",
        "bit",
        "sixteen",
        "rgba",
        "greyAlpha",
      ] as const satisfies (keyof typeof foreignImages)[]
    ).map(foreignImage),
  lie: lieOfPng,
  read: async (bytes) => check(decodePng(bytes, { mostPixels })),
};

export const jpegReader: Reader = {
  files: async () => [
    foreignImage("greyJpeg"),
    foreignImage("jpeg"),
    foreignImage("progressive"),
    foreignImage("sideways"),
  ],
  lie: lieOfJpeg,
  read: async (bytes) => check(decodeJpeg(bytes, { mostPixels })),
};

const record = Uint8Array.from({ length: 3073 }, (_, index) => index % 10);

export const cifarReader: Reader = {
  files: async () => [record, joined(record, record)],
  lie: (draws) => {
    const labels = draws.chance(0.5) ? draws.below(10) : draws.below(256);
    return joined(record, Uint8Array.of(labels), draws.bytes(draws.chance(0.8) ? 3072 : draws.below(6200)));
  },
  read: async (bytes) => {
    const { images, labels } = cifarFromBytes(bytes);
    if (images.length !== labels.length * 3072 || labels.some((label) => label < 0 || label > 9)) {
      throw new Error(`fuzz: accepted ${labels.length} labels for ${images.length} values`);
    }
  },
};
