// `tatami data info`: what a folder or file of data holds, counted.
import { join } from "node:path";
import { channelStatistics } from "tatamijs/data";
import {
  decodeParquetImage,
  type Image,
  imageFiles,
  openParquetImages,
  parquetFiles,
  readImage,
} from "tatamijs-formats";
import { UsageError } from "../command/usage-error.ts";
import { grouped, share } from "../drawing/numbers.ts";
import { table } from "../drawing/table.ts";
import { type Terminal, terminalOf } from "../drawing/terminal.ts";
import { bar } from "../model/predict-command.ts";
import { type DataSource, dataSource, type Split } from "./data-source.ts";
import { folderOf, type OpenedData, openData, partOf } from "./opened-data.ts";

export interface DataInfoOptions {
  json?: boolean;
}

interface SplitInfo {
  /** null where the data has no splits */
  readonly split: string | null;
  readonly images: number;
  /** [C, H, W], the most frequent first */
  readonly shapes: readonly { readonly shape: readonly number[]; readonly count: number }[];
  readonly classes: readonly { readonly name: string; readonly count: number }[];
  /** least and greatest pixel, in [0, 1] */
  readonly range: readonly [number, number];
  /** per channel; null where images differ in their channels */
  readonly mean: readonly number[] | null;
  readonly std: readonly number[] | null;
}

/** @returns the exit code */
export async function dataInfoCommand(name: string, { json }: DataInfoOptions): Promise<number> {
  const source = await dataSource(name);
  const splits: SplitInfo[] = [];
  const parts = source.splits.length === 0 ? [null] : source.splits;
  for (const split of parts) {
    if (source.kind === "images") splits.push(await infoOfFolder(source, split));
    else if (source.kind === "parquet") splits.push(await infoOfParquet(source, split));
    else splits.push(infoOf(await openData(source, { split: split ?? undefined })));
  }
  const output = terminalOf(process.stdout);
  output.write(
    json ? `${JSON.stringify({ data: name, kind: source.kind, splits })}\n` : infoText(source, splits, output),
  );
  return 0;
}

function infoOf(data: OpenedData): SplitInfo {
  const counts = new Array<number>(data.classes).fill(0);
  for (const label of data.labels) counts[label]++;
  const range: [number, number] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const pixel of data.images) {
    if (pixel < range[0]) range[0] = pixel;
    if (pixel > range[1]) range[1] = pixel;
  }
  return {
    split: data.split,
    images: data.labels.length,
    shapes: [{ shape: data.imageShape, count: data.labels.length }],
    classes: counts.map((count, label) => ({ name: data.classNames?.[label] ?? String(label), count })),
    range,
    ...channelStatistics(data),
  };
}

/** What images are like, one at a time: their shapes may differ, and all of them may not fit into memory. */
class ImageCounts {
  readonly #shapes = new Map<string, { shape: number[]; count: number }>();
  // how often each byte comes in each channel
  readonly #bytes = [0, 1, 2].map(() => new Float64Array(256));

  add({ channels, height, width, data }: Image): void {
    const shape = [channels, height, width];
    const entry = this.#shapes.get(shape.join()) ?? { shape, count: 0 };
    entry.count++;
    this.#shapes.set(shape.join(), entry);
    for (let index = 0; index < data.length; index++) this.#bytes[index % channels][data[index]]++;
  }

  info(): Pick<SplitInfo, "shapes" | "range" | "mean" | "std"> {
    const shapes = [...this.#shapes.values()].sort((a, b) => b.count - a.count);
    const channels = new Set(shapes.map(({ shape }) => shape[0]));
    const [first, second, third] = this.#bytes;
    const all = first.map((count, byte) => count + second[byte] + third[byte]);
    const moments = this.#bytes.slice(0, shapes[0].shape[0]).map(momentsOf);
    return {
      shapes,
      range: [all.findIndex((count) => count > 0) / 255, all.findLastIndex((count) => count > 0) / 255],
      mean: channels.size === 1 ? moments.map(({ mean }) => mean) : null,
      std: channels.size === 1 ? moments.map(({ std }) => std) : null,
    };
  }
}

async function infoOfFolder(source: DataSource, split: Split | null): Promise<SplitInfo> {
  const directory = folderOf(source, split);
  const { classNames, files } = await imageFiles(directory);
  const counts = new ImageCounts();
  for (const file of files.flat()) counts.add(await readImage(join(directory, file)));
  return {
    split,
    images: files.flat().length,
    classes: classNames.map((name, label) => ({ name, count: files[label].length })),
    ...counts.info(),
  };
}

/** Rows of a Parquet set read at a time. */
const block = 256;

async function infoOfParquet(source: DataSource, split: Split | null): Promise<SplitInfo> {
  const { name: path } = source;
  const set = await openParquetImages(await parquetFiles(path, partOf(source, split)));
  try {
    if (set.count === 0) throw new UsageError(`${path} has no rows, got 0, expected at least one`);
    const counts = new ImageCounts();
    const classes: number[] = new Array(set.classes ?? 0).fill(0);
    for (let begin = 0; begin < set.count; begin += block) {
      const { images, labels } = await set.readRows(begin, Math.min(set.count, begin + block));
      for (const label of labels) classes[label] = (classes[label] ?? 0) + 1;
      for (const [index, bytes] of images.entries()) {
        counts.add(decodeParquetImage(bytes, set.pixels, { source: `row ${begin + index} of ${path}` }));
      }
    }
    const named = Array.from(classes, (count = 0, label) => ({
      name: set.classNames?.[label] ?? String(label),
      count,
    }));
    return { split, images: set.count, classes: named, ...counts.info() };
  } finally {
    await set.close();
  }
}

/** Of bytes in [0, 1], by how often each comes. */
function momentsOf(counts: Float64Array): { readonly mean: number; readonly std: number } {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const mean = counts.reduce((sum, count, byte) => sum + count * (byte / 255), 0) / total;
  const variance = counts.reduce((sum, count, byte) => sum + count * (byte / 255 - mean) ** 2, 0) / total;
  return { mean, std: Math.sqrt(variance) };
}

const mostShapes = 5;

function infoText({ name, kind }: DataSource, infos: readonly SplitInfo[], { colors }: Terminal): string {
  const { bold, dim, yellow } = colors;
  const numbers = (values: readonly number[]): string => values.map(share).join(", ");
  const blocks = infos.flatMap(({ split, images, shapes, classes, range, mean, std }) => {
    const most = Math.max(...classes.map(({ count }) => count), 1);
    const rows = classes.map((entry) => [entry.name, grouped(entry.count), bar(entry.count / most, 24)]);
    const [{ shape }] = shapes;
    const spread = mean === null || std === null ? "" : `; mean ${numbers(mean)}, deviation ${numbers(std)}`;
    const others = shapes.slice(0, mostShapes).map(({ shape, count }) => `${grouped(count)} of ${shape.join(" × ")}`);
    const more = shapes.length > mostShapes ? `, and ${shapes.length - mostShapes} other shapes` : "";
    return [
      `  ${bold(split ?? "all")}  ${grouped(images)} images${shapes.length === 1 ? ` of ${shape.join(" × ")}` : ""}, ${classes.length} classes`,
      `  ${dim(`values ${share(range[0])} to ${share(range[1])} of 1${spread}`)}`,
      ...(shapes.length === 1 ? [] : [`  ${yellow(`shapes differ: ${others.join(", ")}${more}`)}`]),
      "",
      ...table(rows, ["left", "right", "left"]).map((line) => `    ${line}`),
      "",
    ];
  });
  return ["", `${bold(name)}  ${dim(kind)}`, "", ...blocks, ""].join("\n");
}
