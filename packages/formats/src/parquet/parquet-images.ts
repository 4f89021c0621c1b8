// Images and labels in Parquet files: opened by their footers alone, read by rows, still encoded, so that memory is bounded
// and decoding can be somebody else's. No general Parquet reader: of all columns it reads two.
import { type BinaryInput, openSource } from "tatamijs/formats";
import { OptionError } from "tatamijs/shape";
import type { Image, ImageLimits } from "../image.ts";
import { decodeImage } from "../read-image.ts";
import type { ColumnReader } from "./column-reader.ts";
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
  /** [N]: PNG or JPEG files, or pixels as `ParquetImages.pixels` says; views of larger buffers */
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
    const labels = new Int32Array(end - begin);
    for (const group of this.groups) {
      const [from, to] = [Math.max(begin, group.begin), Math.min(end, group.begin + group.rows)];
      if (from >= to) continue;
      const { label } = this.#readers(group);
      const { fault } = this.#parts[group.file]!;
      labels.set(await this.#labels(label, from - group.begin, to - group.begin, group, fault), from - begin);
    }
    return labels;
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
    for (const group of this.groups) {
      const [from, to] = [Math.max(begin, group.begin), Math.min(end, group.begin + group.rows)];
      if (from >= to) continue;
      const part = this.#parts[group.file]!;
      const { image, label } = this.#readers(group);
      // labels first: their pages prove that there are so many rows
      for (const value of await this.#labels(label, from - group.begin, to - group.begin, group, part.fault))
        labels.push(value);
      for (const bytes of await this.#images(image, from - group.begin, to - group.begin, part.fault))
        images.push(bytes);
    }
    return { begin, images, labels: Int32Array.from(labels) };
  }

  async #labels(
    reader: ColumnReader,
    begin: number,
    end: number,
    group: ParquetGroup,
    fault: ParquetFault,
  ): Promise<Int32Array> {
    const bound = this.classNames?.length ?? mostClasses;
    const labels: number[] = [];
    await reader.each(begin, end, [], (values) => {
      for (const value of values as Iterable<number>) {
        if (!(Number.isInteger(value) && value >= 0 && value < bound)) {
          const row = group.begin + begin + labels.length;
          throw fault("has a label out of range", `${value} in row ${row}`, `0 to ${bound - 1}`);
        }
        labels.push(value);
      }
    });
    return Int32Array.from(labels);
  }

  async #images(reader: ColumnReader, begin: number, end: number, fault: ParquetFault): Promise<Uint8Array[]> {
    const { values: each, dimensions, pixels } = this.#layout;
    const images: Uint8Array[] = [];
    if (dimensions.length === 0) {
      const size = pixels === null ? null : pixels.channels * pixels.height * pixels.width;
      await reader.each(begin, end, [], (values) => {
        for (const bytes of values as readonly Uint8Array[]) {
          if (size !== null && bytes.length !== size)
            throw fault("has pixels of another shape", `${bytes.length}`, `${size}`);
          images.push(bytes);
        }
      });
      return images;
    }
    let row = new Uint8Array(each);
    let filled = 0;
    await reader.each(begin * each, end * each, dimensions, (values: PageValues) => {
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
    return images;
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
