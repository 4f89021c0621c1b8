// The container of PNG (W3C Portable Network Graphics, second edition, 5): chunks with checksums, the header, palette,
// transparency and the compressed lines. What the lines mean is png.ts.
import { crc32 } from "tatamijs/formats";
import { checkSize, type ImageFault } from "./image.ts";

export type ColorType = 0 | 2 | 3 | 4 | 6;

export interface PngContent {
  readonly width: number;
  readonly height: number;
  /** 1, 2, 4, 8 or 16 */
  readonly bitDepth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha */
  readonly colorType: ColorType;
  /** in Adam7's seven passes */
  readonly interlaced: boolean;
  /** [entries, 3] */
  readonly palette: Uint8Array | null;
  /** the alphas of a palette, or the 16-bit samples of the colour that is transparent */
  readonly transparency: Uint8Array | null;
  /** a zlib stream */
  readonly compressed: Uint8Array;
}

export const pngSignature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

const depths: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** @throws DataError where a chunk is damaged, missing or out of place, or the image has more than `mostPixels` */
export function pngContent(bytes: Uint8Array, mostPixels: number, fault: ImageFault): PngContent {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let header: Omit<PngContent, "palette" | "transparency" | "compressed"> | null = null;
  let palette: Uint8Array | null = null;
  let transparency: Uint8Array | null = null;
  const pieces: Uint8Array[] = [];
  for (let offset = pngSignature.length; ; ) {
    const left = bytes.length - offset - 12;
    const length = left < 0 ? 0 : view.getUint32(offset);
    if (left < length) {
      throw fault(
        `is truncated at offset ${bytes.length}`,
        `${bytes.length} bytes`,
        `at least ${offset + 12 + length}`,
      );
    }
    // spreading the bytes takes longer than all the rest of a small image
    const type = String.fromCharCode(bytes[offset + 4]!, bytes[offset + 5]!, bytes[offset + 6]!, bytes[offset + 7]!);
    const data = bytes.subarray(offset + 8, offset + 8 + length);
    const stated = view.getUint32(offset + 8 + length);
    const actual = crc32(bytes.subarray(offset + 4, offset + 8 + length));
    if (stated !== actual) {
      const hex = (value: number): string => `0x${value.toString(16).padStart(8, "0")}`;
      throw fault(`is damaged in the chunk at offset ${offset}`, `checksum ${hex(actual)}`, hex(stated));
    }
    if (header === null) {
      if (type !== "IHDR") throw fault(`has no header at offset ${offset}`, JSON.stringify(type), "IHDR");
      header = headerOf(data, offset, fault);
      checkSize(header.width, header.height, mostPixels, fault);
    } else if (type === "PLTE") {
      if (length === 0 || length % 3 !== 0 || length > 768) {
        throw fault(`has a wrong palette at offset ${offset}`, `${length} bytes`, "1 to 256 colours of 3");
      }
      palette = data;
    } else if (type === "tRNS") transparency = data;
    else if (type === "IDAT") pieces.push(data);
    else if (type === "IEND") break;
    else if (bytes[offset + 4]! < 0x60) {
      // an upper case letter: whoever does not know it may not show the image
      throw fault(`has an unknown chunk at offset ${offset}`, JSON.stringify(type), "IHDR, PLTE, IDAT or IEND");
    }
    offset += 12 + length;
  }
  if (header.colorType === 3 && palette === null) throw fault("has no palette", "none", "PLTE before the pixels");
  if (pieces.length === 0) throw fault("has no pixels", "no IDAT", "one");
  return { ...header, palette, transparency, compressed: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces) };
}

function headerOf(
  data: Uint8Array,
  offset: number,
  fault: ImageFault,
): Omit<PngContent, "palette" | "transparency" | "compressed"> {
  if (data.length !== 13) throw fault(`has a wrong header at offset ${offset}`, `${data.length} bytes`, "13");
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const [bitDepth, colorType, compression, filter, interlace] = data.subarray(8);
  if (!(depths[colorType!] ?? []).includes(bitDepth!) || compression !== 0 || filter !== 0 || interlace! > 1) {
    throw fault(
      `has a wrong header at offset ${offset}`,
      `bit depth, colour type, compression, filter, interlace ${data.subarray(8).join(", ")}`,
      "those of PNG, such as 8, 2, 0, 0, 0",
    );
  }
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    bitDepth: bitDepth!,
    colorType: colorType as ColorType,
    interlaced: interlace === 1,
  };
}
