// Grey images of a group in rows, each with its name below, and what black and white stand for.
import { writePng } from "tatamijs/formats";
import { short } from "../chart-scale.ts";
import type { Drawing, DrawingOptions } from "./svg-document.ts";
import { lines, round, text, textWidth, type Wording } from "./svg-text.ts";

export interface SheetImage {
  readonly title: string;
  readonly height: number;
  readonly width: number;
  /** [height, width], row-major, in [0, 1] */
  readonly pixels: readonly number[];
  /** what pixels 0 and 1 stand for */
  readonly range?: readonly [low: number, high: number];
}

const captionSize = 10;
const captionHeight = 12;
const gap = 8;

/** @param images at least one, of one range */
export function imageSheet(images: readonly SheetImage[], { width, say }: DrawingOptions): Drawing {
  const room = width - 20;
  const longest = Math.max(...images.map(({ title }) => textWidth(say(title), captionSize)));
  const wanted = longest <= 24 ? 33 : longest <= 160 ? 78 : 104;
  const columns = Math.max(1, Math.min(Math.floor((room + gap) / (wanted + gap)), Math.max(4, images.length)));
  const cell = Math.min(wanted * 1.4, (room + gap) / columns - gap);
  const body: string[] = [];
  let top = 4;
  for (let first = 0; first < images.length; first += columns) {
    const row = images.slice(first, first + columns);
    const captions = row.map(({ title }): Wording[] =>
      title === "" ? [] : lines(say(title), cell + gap - 2, captionSize),
    );
    for (const [place, image] of row.entries()) {
      const scale = cell / Math.max(image.width, image.height);
      const [w, h] = [image.width * scale, image.height * scale];
      const left = 10 + place * (cell + gap) + (cell - w) / 2;
      const pixels = Uint8Array.from(image.pixels, (pixel) => Math.round(Math.min(1, Math.max(0, pixel)) * 255));
      const file = writePng({ channels: 1, height: image.height, width: image.width, pixels });
      const bytes = Buffer.from(file).toString("base64");
      body.push(
        `<image x="${round(left)}" y="${round(top)}" width="${round(w)}" height="${round(h)}" preserveAspectRatio="none" class="pixels" image-rendering="optimizeSpeed" href="data:image/png;base64,${bytes}"/>`,
        ...captions[place].map((line, index) =>
          text(10 + place * (cell + gap) + cell / 2, top + cell + captionHeight * (index + 1) - 1, line, {
            anchor: "middle",
            size: captionSize,
          }),
        ),
      );
    }
    top += cell + captionHeight * Math.max(...captions.map((caption) => caption.length)) + gap;
  }
  const [low, high] = images[0].range ?? [0, 1];
  const ends = [say(`black: ${short(low)}`), say(`white: ${short(high)}`)] as const;
  const y = top + 6;
  const bar = 10 + textWidth(ends[0]) + 6;
  body.push(
    text(10, y + 4, ends[0]),
    ...Array.from({ length: 9 }, (_, index) => {
      const grey = Math.round((index / 8) * 255)
        .toString(16)
        .padStart(2, "0");
      return `<rect class="scale" x="${round(bar + index * 8)}" y="${round(y - 5)}" width="8" height="10" fill="#${grey}${grey}${grey}"/>`;
    }),
    `<rect class="grid" x="${round(bar)}" y="${round(y - 5)}" width="72" height="10" fill="none" stroke="#dddddd"/>`,
    text(bar + 78, y + 4, ends[1]),
  );
  return { width, height: y + 12, body };
}
