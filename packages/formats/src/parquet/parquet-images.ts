// Images and labels in Parquet files: opened by their footers alone, read by rows, still encoded, so that memory is bounded
// and decoding can be somebody else's. No general Parquet reader: of all columns it reads two.
import { type BinaryInput, openSource } from "tatamijs/formats";
import { OptionError } from "tatamijs/shape";
import type { Image, ImageLimits } from "../image.ts";
import { decodeImage } from "../read-image.ts";
import type { ParquetFault } from "./fault.ts";
import type { PageValues } from "./page-values.ts";
import { imageOfPixels, type PixelLayout } from "./pixel-layout.ts";
import {
  classesOf,
  type GroupReaders,
  groupReaders,
  groupsOf,
  layoutOf,
  mostClasses,
  openPart,
  type ParquetGroup,
  type ParquetOptions,
  type Part,
  type RowLayout,
} from "./set-files.ts";

export type { ParquetGroup, ParquetOptions } from "./set-files.ts";

/** Some rows, images as they are stored. */
export interface ParquetRows {
  /** of the first row, among all rows of the set */
  readonly begin: number;
  /** N images: PNG or JPEG files, or pixels as `ParquetImages.pixels` says; views of larger buffers */
  readonly images: readonly Uint8Array[];
  /** [N], ≥ 0 */
  readonly labels: Int32Array;
}

export interface ParquetImages {
  /** names of the files, in the order of their rows */
  readonly files: readonly string[];
  /** N */
  readonly count: number;
  /** K; null where neither names of classes nor the footers' statistics tell */
  readonly classes: number | null;
  /** [K], null where the files name none */
  readonly classNames: readonly string[] | null;
  /** names of the columns */
  readonly columns: { readonly image: string; readonly label: string };
  /** how pixels lie in rows; null for PNG and JPEG */
  readonly pixels: PixelLayout | null;
  /** by their first row; empty ones are left out */
  readonly groups: readonly ParquetGroup[];
  /**
   * The rows from `begin` to `end`, the last not included, whatever row groups they lie in. Memory is that of these rows and
   * of a page; going on where the last call ended decodes no page twice.
   * @throws DataError naming file and fault where they are damaged
   */
  readRows(begin: number, end: number): Promise<ParquetRows>;
  /** The labels [end − begin] of rows, without reading their images. @throws DataError where they are damaged */
  readLabels(begin: number, end: number): Promise<Int32Array>;
  close(): Promise<void>;
}

/**
 * Opens one set that lies in one Parquet file or in several of the same columns.
 * @param inputs paths, Blobs or bytes, in the order of their rows
 * @throws DataError where one is damaged, of other columns, or holds no images and labels
 */
export async function openParquetImages(
  inputs: BinaryInput | readonly BinaryInput[],
  options: ParquetOptions = {},
): Promise<ParquetImages> {
  const list = Array.isArray(inputs) ? (inputs as readonly BinaryInput[]) : [inputs as BinaryInput];
  if (list.length === 0) {
    throw new OptionError("openParquetImages: there are no files, got [], expected at least one", "inputs", inputs);
  }
  const parts: Part[] = [];
  const close = async (): Promise<void> => void (await Promise.all(parts.map(({ source }) => source.close())));
  try {
    for (const input of list) {
      const source = await openSource(input);
      try {
        parts.push(await openPart(source, options, parts[0]));
      } catch (error) {
        await source.close();
        throw error;
      }
    }
    const groups = groupsOf(parts);
    const readers = groupReaders(parts, options.mostPageBytes ?? 2 ** 29);
    const layout = await layoutOf(parts, groups, readers, options);
    return new OpenParquet(parts, groups, readers, layout, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** Rows of one group, from `begin` to `end` of its own. */
interface Piece extends GroupReaders {
  /** the first, among all rows of the set */
  readonly row: number;
  readonly begin: number;
  readonly end: number;
  readonly fault: ParquetFault;
}

class OpenParquet implements ParquetImages {
  readonly files: readonly string[];
  readonly count: number;
  readonly classes: number | null;
  readonly classNames: readonly string[] | null;
  readonly columns: { readonly image: string; readonly label: string };
  readonly pixels: PixelLayout | null;
  readonly groups: readonly ParquetGroup[];
  readonly #parts: readonly Part[];
  readonly #readers: (group: ParquetGroup) => GroupReaders;
  readonly #layout: RowLayout;
  readonly close: () => Promise<void>;

  constructor(
    parts: readonly Part[],
    groups: readonly ParquetGroup[],
    readers: (group: ParquetGroup) => GroupReaders,
    layout: RowLayout,
    close: () => Promise<void>,
  ) {
    const [{ chosen }] = parts as readonly [Part];
    this.files = parts.map(({ source }) => source.name);
    this.count = groups.reduce((sum, { rows }) => sum + rows, 0);
    this.classes = classesOf(parts);
    this.classNames = chosen.classNames;
    this.columns = { image: chosen.image.name, label: chosen.label.name };
    this.pixels = layout.pixels;
    this.groups = groups;
    this.#parts = parts;
    this.#readers = readers;
    this.#layout = layout;
    this.close = close;
  }

  async readLabels(begin: number, end: number): Promise<Int32Array> {
    this.#check("readLabels", begin, end);
    const labels: number[] = [];
    for (const piece of this.#pieces(begin, end)) await this.#addLabels(piece, labels);
    return Int32Array.from(labels);
  }

  #check(op: string, begin: number, end: number): void {
    if (!(Number.isInteger(begin) && Number.isInteger(end) && begin >= 0 && begin <= end && end <= this.count)) {
      throw new OptionError(
        `${op}: rows are out of range, got ${begin} to ${end}, expected within 0 to ${this.count}`,
        "begin",
        begin,
      );
    }
  }

  async readRows(begin: number, end: number): Promise<ParquetRows> {
    this.#check("readRows", begin, end);
    const images: Uint8Array[] = [];
    const labels: number[] = [];
    for (const piece of this.#pieces(begin, end)) {
      // labels first: their pages prove that there are so many rows
      await this.#addLabels(piece, labels);
      await this.#addImages(piece, images);
    }
    return { begin, images, labels: Int32Array.from(labels) };
  }

  *#pieces(begin: number, end: number): Generator<Piece> {
    for (const group of this.groups) {
      const [from, to] = [Math.max(begin, group.begin), Math.min(end, group.begin + group.rows)];
      if (from >= to) continue;
      const { fault } = this.#parts[group.file]!;
      yield { ...this.#readers(group), row: from, begin: from - group.begin, end: to - group.begin, fault };
    }
  }

  async #addLabels({ label, row, begin, end, fault }: Piece, labels: number[]): Promise<void> {
    const bound = this.classNames?.length ?? mostClasses;
    const before = labels.length;
    await label.each(begin, end, [], (values) => {
      for (const value of values as Iterable<number>) {
        if (!(Number.isInteger(value) && value >= 0 && value < bound)) {
          const place = row + labels.length - before;
          throw fault("has a label out of range", `${value} in row ${place}`, `0 to ${bound - 1}`);
        }
        labels.push(value);
      }
    });
  }

  async #addImages({ image, begin, end, fault }: Piece, images: Uint8Array[]): Promise<void> {
    const { values: each, dimensions, pixels } = this.#layout;
    if (dimensions.length === 0) {
      const size = pixels === null ? null : pixels.channels * pixels.height * pixels.width;
      await image.each(begin, end, [], (values) => {
        for (const bytes of values as readonly Uint8Array[]) {
          if (size !== null && bytes.length !== size)
            throw fault("has pixels of another shape", `${bytes.length}`, `${size}`);
          images.push(bytes);
        }
      });
      return;
    }
    let row = new Uint8Array(each);
    let filled = 0;
    await image.each(begin * each, end * each, dimensions, (values: PageValues) => {
      for (const value of values as Float64Array) {
        if (!(Number.isInteger(value) && value >= 0 && value <= 255)) {
          throw fault("has a pixel out of range", `${value}`, "whole numbers from 0 to 255");
        }
        row[filled++] = value;
        if (filled < each) continue;
        images.push(row);
        row = new Uint8Array(each);
        filled = 0;
      }
    });
  }
}

/**
 * The image of one row.
 * @param pixels of the set it comes from
 * @throws DataError where it is damaged, of another format or larger than the limit
 */
export function decodeParquetImage(bytes: Uint8Array, pixels: PixelLayout | null, limits: ImageLimits = {}): Image {
  return pixels === null ? decodeImage(bytes, limits) : imageOfPixels(bytes, pixels);
}
