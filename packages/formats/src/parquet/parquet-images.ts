// Images and labels in Parquet files: opened by their footers alone, read by rows, still encoded, so that memory is bounded
// and decoding can be somebody else's. No general Parquet reader: of all columns it reads two.
import { type BinaryInput, type ByteSource, openSource } from "tatamijs/formats";
import { OptionError } from "tatamijs/shape";
import { checkSize, defaultMostPixels, type Image, type ImageLimits } from "../image.ts";
import { decodeImage } from "../read-image.ts";
import { ColumnReader } from "./column-reader.ts";
import { type ParquetFault, parquetFaults } from "./fault.ts";
import { checkCodecs, type Footer, readFooter } from "./footer.ts";
import { type ChosenColumns, type ColumnOptions, chooseColumns } from "./image-columns.ts";
import type { PageValues } from "./page-values.ts";
import { imageOfPixels, type PixelLayout, type PixelOptions, pixelLayout } from "./pixel-layout.ts";

export interface ParquetOptions extends ColumnOptions, PixelOptions {
  /** refuse pages that come to more bytes before they are decompressed; default 2²⁹ */
  mostPageBytes?: number | undefined;
}

/** A row group: rows that lie together in one file. */
export interface ParquetGroup {
  /** place among the files */
  readonly file: number;
  /** place within the file */
  readonly index: number;
  /** of the first row, among all rows of the set */
  readonly begin: number;
  /** ≥ 1 */
  readonly rows: number;
}

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

interface Part {
  readonly source: ByteSource;
  readonly footer: Footer;
  readonly chosen: ChosenColumns;
  readonly fault: ParquetFault;
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

async function openPart(source: ByteSource, options: ParquetOptions, first: Part | undefined): Promise<Part> {
  const fault = parquetFaults(source.name);
  const footer = await readFooter(source);
  const chosen = chooseColumns(footer, options, source.name);
  for (const { index } of [chosen.image, chosen.label]) checkCodecs(footer, index, fault);
  const seen = (part: ChosenColumns): string =>
    JSON.stringify([part.image.column.path, part.label.column.path, part.classNames]);
  if (first !== undefined && seen(chosen) !== seen(first.chosen)) {
    throw fault("has other columns or classes", seen(chosen), `${seen(first.chosen)} of ${first.source.name}`);
  }
  return { source, footer, chosen, fault };
}

function groupsOf(parts: readonly Part[]): ParquetGroup[] {
  const groups: ParquetGroup[] = [];
  let begin = 0;
  for (const [file, { footer }] of parts.entries()) {
    for (const [index, { rows }] of footer.groups.entries()) {
      if (rows > 0) groups.push({ file, index, begin, rows });
      begin += rows;
    }
  }
  return groups;
}

interface GroupReaders {
  readonly image: ColumnReader;
  readonly label: ColumnReader;
}

/** Readers of a group, those of the last one kept: they hold a page. */
function groupReaders(parts: readonly Part[], mostPageBytes: number): (group: ParquetGroup) => GroupReaders {
  let kept: { readonly group: ParquetGroup; readonly readers: GroupReaders } | null = null;
  return (group) => {
    if (kept?.group === group) return kept.readers;
    const { source, footer, chosen } = parts[group.file]!;
    const reader = ({ index, column }: ChosenColumns["image"]): ColumnReader =>
      new ColumnReader(source, column, footer.groups[group.index]!.chunks[index]!, mostPageBytes);
    kept = { group, readers: { image: reader(chosen.image), label: reader(chosen.label) } };
    return kept.readers;
  };
}

interface RowLayout {
  /** of lists, outermost first; [] where a row is one value */
  readonly dimensions: readonly number[];
  /** of a row: the product of the dimensions */
  readonly values: number;
  readonly pixels: PixelLayout | null;
}

async function layoutOf(
  parts: readonly Part[],
  groups: readonly ParquetGroup[],
  readers: (group: ParquetGroup) => GroupReaders,
  options: ParquetOptions,
): Promise<RowLayout> {
  const { chosen, fault } = parts[0]!;
  const { index, column } = chosen.image;
  const [first] = groups;
  const { pixelShape } = options;
  if (column.lists === 0 || first === undefined) {
    const raw = column.lists === 0 && pixelShape !== undefined;
    const pixels = raw ? pixelLayout([pixelShape[0] * pixelShape[1] * pixelShape[2]], options, fault) : null;
    return { dimensions: [], values: 1, pixels };
  }
  const valuesOf = ({ file, index: group, rows }: ParquetGroup): number =>
    parts[file]!.footer.groups[group]!.chunks[index]!.values / rows;
  const values = valuesOf(first);
  for (const group of groups) {
    const own = valuesOf(group);
    if (Number.isInteger(own) && own >= 1 && own === values) continue;
    const expected = Number.isInteger(values) ? `${values}` : "lists of one length";
    throw parts[group.file]!.fault("has lists of other lengths", `${own} values a row`, expected);
  }
  const dimensions = await readers(first).image.dimensions(values);
  const pixels = pixelLayout(dimensions, options, fault);
  checkSize(pixels.width, pixels.height, defaultMostPixels, fault);
  return { dimensions, values, pixels };
}

/** More classes are no classes. */
const mostClasses = 2 ** 20;

function classesOf(parts: readonly Part[]): number | null {
  const [{ chosen }] = parts as readonly [Part];
  if (chosen.classNames !== null) return chosen.classNames.length;
  const largest = parts.flatMap((part) =>
    part.footer.groups.map(({ chunks }) => chunks[part.chosen.label.index]!.largest),
  );
  const most = largest.reduce<number>((high, value) => Math.max(high, value ?? Number.NaN), -1);
  return most >= 0 && most < mostClasses ? most + 1 : null;
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
    const labels: Int32Array[] = [];
    for (const group of this.groups) {
      const [from, to] = [Math.max(begin, group.begin), Math.min(end, group.begin + group.rows)];
      if (from >= to) continue;
      const part = this.#parts[group.file]!;
      const { image, label } = this.#readers(group);
      // labels first: their pages prove that there are so many rows
      labels.push(await this.#labels(label, from - group.begin, to - group.begin, group, part.fault));
      for (const bytes of await this.#images(image, from - group.begin, to - group.begin, part.fault))
        images.push(bytes);
    }
    return { begin, images, labels: Int32Array.from(labels.flatMap((piece) => [...piece])) };
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
