// The files of a Parquet set before any row is read: their footers and columns, the row groups in order, how a row lies, how many
// classes there are.
import type { ByteSource } from "tatamijs/formats";
import { checkSize, defaultMostPixels } from "../image.ts";
import { ColumnReader } from "./column-reader.ts";
import { type ParquetFault, parquetFaults } from "./fault.ts";
import { checkCodecs, type Footer, readFooter } from "./footer.ts";
import { type ChosenColumns, type ColumnOptions, chooseColumns } from "./image-columns.ts";
import { type PixelLayout, type PixelOptions, pixelLayout } from "./pixel-layout.ts";

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

export interface Part {
  readonly source: ByteSource;
  readonly footer: Footer;
  readonly chosen: ChosenColumns;
  readonly fault: ParquetFault;
}

export async function openPart(source: ByteSource, options: ParquetOptions, first: Part | undefined): Promise<Part> {
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

export function groupsOf(parts: readonly Part[]): ParquetGroup[] {
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

export interface GroupReaders {
  readonly image: ColumnReader;
  readonly label: ColumnReader;
}

/** Readers of a group, those of the last one kept: they hold a page. */
export function groupReaders(parts: readonly Part[], mostPageBytes: number): (group: ParquetGroup) => GroupReaders {
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

export interface RowLayout {
  /** of lists, outermost first; [] where a row is one value */
  readonly dimensions: readonly number[];
  /** of a row: the product of the dimensions */
  readonly values: number;
  readonly pixels: PixelLayout | null;
}

export async function layoutOf(
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
export const mostClasses = 2 ** 20;

export function classesOf(parts: readonly Part[]): number | null {
  const [{ chosen }] = parts as readonly [Part];
  if (chosen.classNames !== null) return chosen.classNames.length;
  const largest = parts.flatMap((part) =>
    part.footer.groups.map(({ chunks }) => chunks[part.chosen.label.index]!.largest),
  );
  const most = largest.reduce<number>((high, value) => Math.max(high, value ?? Number.NaN), -1);
  return most >= 0 && most < mostClasses ? most + 1 : null;
}
