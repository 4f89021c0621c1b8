// The frame around a drawing: its size, its names for who cannot see it, and its colours by light. A drawing in a page takes
// the page's colours, one in a file of its own has them with it.
import { colors, darkColors } from "./series-style.ts";
import { escaped, fontSize, lines, round, type Say, text, type Wording } from "./svg-text.ts";

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly body: readonly string[];
}

export interface DrawingOptions {
  /** of the drawing, in its units */
  readonly width: number;
  /** texts in the languages wanted */
  readonly say: Say;
}

const lineHeight = 17;

/** What only browsers know stands where others do not look: they have image-rendering="optimizeSpeed" instead. */
const pixels = "@media all{.pixels{image-rendering:pixelated}}";

/** Rules that give the classes of drawings their colours. */
export function colorRules(palette: readonly string[], ink: string, paper: string, grid: string): string {
  const series = palette.map((color, index) => `.s${index}{stroke:${color}}.f${index}{fill:${color}}`).join("");
  return `text{fill:${ink}}.paper{fill:${paper}}.grid{stroke:${grid}}.contour{stroke:${ink}}.over{fill:#ffffff}${pixels}${series}`;
}

const fileStyle = `<style>${colorRules(colors, "#222222", "#ffffff", "#dddddd")}@media (prefers-color-scheme: dark){${colorRules(darkColors, "#dddddd", "#161616", "#3a3a3a")}}</style>`;

/** An SVG file that stands alone, with its title above. */
export function svgFile(title: string, { width, height, body }: Drawing): string {
  const heading = lines(title, width - 20, 14);
  const head = heading.length * lineHeight + 8;
  const tall = round(height + head);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${tall}" width="${width}" height="${tall}" font-family="system-ui, sans-serif" font-size="${fontSize}" role="img">`,
    `<title>${escaped(title)}</title>`,
    fileStyle,
    `<rect class="paper" fill="#ffffff" width="${width}" height="${tall}"/>`,
    ...heading.map((line, index) => text(10, 18 + index * lineHeight, line, { size: 14, weight: 600 })),
    `<g transform="translate(0 ${head})">`,
    ...body,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

/** An SVG element for a page, which has the title beside it and the colours. */
export function svgElement(title: Wording, { width, height, body }: Drawing): string {
  const name = typeof title === "string" ? title : `${title.en} / ${title.ja}`;
  return `<svg viewBox="0 0 ${width} ${round(height)}" font-size="${fontSize}" role="img" aria-label="${escaped(name)}">${body.join("")}</svg>`;
}
