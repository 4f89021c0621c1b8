// The legend under a drawing: entries in rows, as many in each as fit.
import { colors, type Marker, type SeriesStyle } from "./series-style.ts";
import { lines, round, text, textWidth, type Wording } from "./svg-text.ts";

export interface LegendEntry {
  /** draws the sample, `sampleWidth` wide, around the middle of its left edge */
  readonly sample: (x: number, y: number) => string;
  readonly label: Wording;
}

export const sampleWidth = 26;
const rowHeight = 15;
const gap = 14;

/** @returns elements below `top`, and how high they are in all */
export function legend(
  entries: readonly LegendEntry[],
  { left, top, width }: { readonly left: number; readonly top: number; readonly width: number },
): { readonly body: string[]; readonly height: number } {
  const body: string[] = [];
  let x = left;
  let y = top + rowHeight / 2;
  for (const { sample, label } of entries) {
    const labelWidth = textWidth(label);
    const wide = sampleWidth + 5 + labelWidth;
    if (x > left && x + wide > left + width) {
      x = left;
      y += rowHeight;
    }
    body.push(sample(x, y));
    const parts = wide > width ? lines(label, width - sampleWidth - 5) : [label];
    for (const [index, part] of parts.entries()) {
      if (index > 0) y += rowHeight;
      body.push(text(x + sampleWidth + 5, y + 4, part));
    }
    x += wide + gap;
  }
  return { body, height: entries.length === 0 ? 0 : y + rowHeight / 2 - top };
}

/** The line of a series with its marker. */
export function seriesSample(style: SeriesStyle, lined = true): LegendEntry["sample"] {
  return (x, y) =>
    `${lined ? `<path d="M${round(x)} ${round(y)}h${sampleWidth}" ${strokeOf(style)}/>` : ""}${markerAt(x + sampleWidth / 2, y, style)}`;
}

export function swatch(fill: string): LegendEntry["sample"] {
  return (x, y) => `<rect x="${round(x + 8)}" y="${round(y - 5)}" width="14" height="10" ${fill}/>`;
}

export function strokeOf({ color, dash }: SeriesStyle): string {
  const gaps = dash === "" ? "" : ` stroke-dasharray="${dash}"`;
  return `class="s${color}" fill="none" stroke="${colors[color]}" stroke-width="1.6" stroke-linejoin="round"${gaps}`;
}

const shapes: Readonly<Record<Marker, string>> = {
  circle: "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z",
  square: "m-2.7 -2.7h5.4v5.4h-5.4z",
  triangle: "m0 -3.4l3.3 5.8h-6.6z",
  diamond: "m0 -3.7l3.2 3.7l-3.2 3.7l-3.2 -3.7z",
  cross: "m-2.6 -2.6l5.2 5.2m0 -5.2l-5.2 5.2",
  plus: "m-3.2 0h6.4m-3.2 -3.2v6.4",
};

export function markerAt(x: number, y: number, { color, marker }: SeriesStyle): string {
  const line = marker === "cross" || marker === "plus";
  const paint = line
    ? `class="s${color}" fill="none" stroke="${colors[color]}" stroke-width="1.6"`
    : `class="f${color}" fill="${colors[color]}"`;
  return `<path d="M${round(x)} ${round(y)}${shapes[marker]}" ${paint}/>`;
}
