// `tatami data preview`: some images of a folder of data, drawn in the terminal.
import { join } from "node:path";
import { type Image, imageFiles, readImage } from "tatamijs-formats";
import { drawImage, drawnSide, imageOfPixels } from "../drawing/image-drawing.ts";
import { type Terminal, terminalOf } from "../drawing/terminal.ts";
import { dataSource } from "./data-source.ts";
import { chosenSplit, folderOf, type OpenedData, openData } from "./opened-data.ts";

export interface DataPreviewOptions {
  split?: string;
  count?: number;
}

interface Sample {
  readonly image: Image;
  readonly caption: string;
}

/** Data sets come in no order: so many of their images show most of the classes. */
const looked = 100;

/** @returns the exit code */
export async function dataPreviewCommand(name: string, { split, count = 6 }: DataPreviewOptions): Promise<number> {
  const source = await dataSource(name);
  const samples =
    source.kind === "images"
      ? await samplesOfFolder(folderOf(source, chosenSplit(source, { split })), count)
      : samplesOf(await openData(source, { split, limit: Math.max(looked, count) }), count);
  const output = terminalOf(process.stdout);
  output.write(previewText(samples, output));
  return 0;
}

/** The first of each class before the second of any. */
async function samplesOfFolder(directory: string, count: number): Promise<Sample[]> {
  const { classNames, files } = await imageFiles(directory);
  const most = Math.max(...files.map(({ length }) => length));
  const turns = Array.from({ length: Math.min(most, count) }, (_, turn) =>
    files.flatMap((names, label) => (turn < names.length ? [{ path: names[turn], caption: classNames[label] }] : [])),
  );
  const samples: Sample[] = [];
  for (const { path, caption } of turns.flat().slice(0, count)) {
    samples.push({ image: await readImage(join(directory, path)), caption });
  }
  return samples;
}

function samplesOf(data: OpenedData, count: number): Sample[] {
  const seen = new Map<number, number>();
  return Array.from(data.labels, (label, index) => {
    const turn = seen.get(label) ?? 0;
    seen.set(label, turn + 1);
    return { index, label, turn };
  })
    .sort((a, b) => a.turn - b.turn || a.label - b.label)
    .slice(0, count)
    .map(({ index, label }) => ({ image: imageOf(data, index), caption: data.classNames?.[label] ?? String(label) }));
}

/** The image of a sample. */
function imageOf({ images, imageShape }: OpenedData, index: number): Image {
  const size = imageShape[0] * imageShape[1] * imageShape[2];
  return imageOfPixels(images.subarray(index * size, (index + 1) * size), imageShape);
}

function previewText(samples: readonly Sample[], { columns, colors }: Terminal): string {
  const gap = "   ";
  const perRow = Math.max(1, Math.floor((columns - 2) / (drawnSide + gap.length)));
  const lines: string[] = [];
  for (let begin = 0; begin < samples.length; begin += perRow) {
    const row = samples.slice(begin, begin + perRow);
    const drawings = row.map(({ image }) => drawImage(image, colors.isColorSupported));
    const height = Math.max(...drawings.map(({ length }) => length));
    for (let line = 0; line < height; line++) {
      const cells = drawings.map((drawing) => drawing[line] ?? " ".repeat(drawnSide));
      lines.push(`  ${cells.join(gap)}`.trimEnd());
    }
    const captions = row.map(({ caption }) => caption.slice(0, drawnSide).padEnd(drawnSide));
    lines.push(`  ${colors.dim(captions.join(gap).trimEnd())}`, "");
  }
  return `\n${lines.join("\n")}\n`;
}
