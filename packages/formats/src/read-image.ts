// Images from files or bytes, whatever their format: it is told by the first bytes, not by the name.
import { readFile, stat } from "node:fs/promises";
import type { DataError } from "tatamijs/shape";
import { type Image, type ImageLimits, imageFaults } from "./image.ts";
import { decodeJpeg, isJpeg } from "./jpeg.ts";
import { decodePng, isPng } from "./png.ts";

/** Larger files are no images of these formats within the limit of pixels. */
export const mostBytes = 2 ** 29;

/** What names of images end in. */
export const imageEndings = [".png", ".jpg", ".jpeg"] as const;

/** Files of other formats, by their first bytes, to say what would help. */
const others: readonly (readonly [name: string, at: number, text: string])[] = [
  ["a GIF", 0, "GIF8"],
  ["a WebP", 8, "WEBP"],
  ["a BMP", 0, "BM"],
  ["a TIFF", 0, "II*\0"],
  ["a TIFF", 0, "MM\0*"],
  ["an SVG or HTML", 0, "<"],
  ["a HEIC or AVIF", 4, "ftyp"],
];

/**
 * An image, PNG or JPEG, as grey or RGB bytes; transparent pixels are laid over white.
 * @param input a path or file: URL, or the bytes
 * @throws DataError where it cannot be read, is of another format, damaged or larger than the limit
 */
export async function readImage(input: string | URL | Uint8Array, limits: ImageLimits = {}): Promise<Image> {
  if (input instanceof Uint8Array) return decodeImage(input, limits);
  const source = limits.source ?? String(input);
  return decodeImage(await fileBytes(input, source), { ...limits, source });
}

/**
 * The bytes of a file of at most 512 MiB.
 * @throws DataError where it cannot be read, is no file or longer
 */
export async function fileBytes(path: string | URL, source: string): Promise<Uint8Array> {
  try {
    const status = await stat(path);
    // opening a pipe would wait for its writer
    if (!status.isFile()) throw new Error("a folder, pipe or device");
    if (status.size > mostBytes) throw new Error(`${status.size} bytes`);
    return await readFile(path);
  } catch (cause) {
    throw fileFault(source, cause);
  }
}

/** What is said of a file that cannot be read. */
export function fileFault(source: string, cause: unknown): DataError {
  const reason = JSON.stringify(cause instanceof Error ? cause.message : String(cause));
  return imageFaults("file", source)("cannot be read", reason, "a readable file of at most 512 MiB", cause);
}

/** As `readImage`, of bytes. */
export function decodeImage(bytes: Uint8Array, limits: ImageLimits = {}): Image {
  if (isPng(bytes)) return decodePng(bytes, limits);
  if (isJpeg(bytes)) return decodeJpeg(bytes, limits);
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  const found = others.find(([, at, text]) => start.startsWith(text, at))?.[0];
  const fault = imageFaults("image", limits.source ?? "the data");
  throw fault(
    "is of another format",
    found ?? `${bytes.length} bytes that begin ${JSON.stringify(start)}`,
    "PNG or JPEG",
  );
}
