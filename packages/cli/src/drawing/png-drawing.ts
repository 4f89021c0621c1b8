// SVG drawings as PNG files, by resvg and fonts that come as packages, so that a picture is the same on every machine. Text is
// in DejaVu Sans, Japanese in Sawarabi Gothic; the system's own fonts are not looked at. Knows nothing of what is drawn.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { UsageError } from "../command/usage-error.ts";
import { fontCharacters } from "./font-characters.ts";

export interface PngOptions {
  /** of the picture, in pixels, at least 1; goes before `scale` */
  readonly width?: number;
  /** pixels for each unit of the drawing; more than 0 */
  readonly scale?: number;
}

const latin = [
  "@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff2",
  "@fontsource/dejavu-sans/files/dejavu-sans-latin-700-normal.woff2",
];
const japanese = "@fontsource/sawarabi-gothic/files/sawarabi-gothic-japanese-400-normal.woff2";
const family = "DejaVu Sans";

/** more pixels a side than any drawing of ours needs, and few enough to hold */
const largest = 16_384;

/**
 * A drawing as the bytes of a PNG file, in its light colours.
 *
 * @param svg stands alone: no scripts, no links, no `var()`
 * @throws UsageError where a character has no glyph in the fonts, where the picture would be larger than 16384 pixels a side,
 *   or where the optional packages are not installed
 */
export async function drawPng(svg: string, { width, scale = 2 }: PngOptions = {}): Promise<Uint8Array> {
  const { Resvg } = await loaded();
  const fontBuffers = fontsFor(svg);
  const fitTo =
    width === undefined ? ({ mode: "zoom", value: scale } as const) : ({ mode: "width", value: width } as const);
  const drawing = new Resvg(svg, {
    fitTo,
    font: {
      fontBuffers,
      defaultFontFamily: family,
      sansSerifFamily: family,
      serifFamily: family,
      monospaceFamily: family,
    },
  });
  try {
    const zoom = width === undefined ? scale : width / drawing.width;
    const sides = [drawing.width * zoom, drawing.height * zoom].map(Math.round);
    if (!sides.every((side) => side >= 1 && side <= largest)) {
      throw new UsageError(
        `png: the picture is of no possible size, got ${sides.join(" × ")}, expected 1 to ${largest}`,
      );
    }
    const image = drawing.render();
    try {
      return image.asPng();
    } finally {
      image.free();
    }
  } finally {
    drawing.free();
  }
}

/** @throws UsageError where the optional packages are not installed */
export async function canDrawPng(): Promise<void> {
  await loaded();
}

/** Those fonts of ours that hold every character of the drawing. */
function fontsFor(svg: string): Uint8Array[] {
  const fonts = latin.map(packaged);
  const beyond = (font: Uint8Array, characters: readonly string[]): string[] => {
    const known = fontCharacters(font);
    return characters.filter((character) => !known(character.codePointAt(0)!));
  };
  const missing = beyond(fonts[0], [...new Set(textOf(svg))]);
  if (missing.length === 0) return fonts;
  const japaneseFont = packaged(japanese);
  const unknown = beyond(japaneseFont, missing);
  if (unknown.length > 0) {
    throw new UsageError(
      `png: the fonts lack characters, got "${unknown.slice(0, 20).join("")}", expected Latin, Greek, Cyrillic, mathematics or Japanese (an SVG takes any)`,
    );
  }
  return [...fonts, japaneseFont];
}

/** What is between the tags, without blanks and control characters. */
function textOf(svg: string): string {
  return svg
    .replaceAll(/<(style|title|desc)\b.*?<\/\1>|<[^>]*>/gs, "")
    .replaceAll(/&#(x?)([0-9a-f]+);/gi, (_, hex: string, digits: string) =>
      String.fromCodePoint(Number.parseInt(digits, hex ? 16 : 10)),
    )
    .replaceAll(/[\p{C}\p{Z}]/gu, "");
}

const files = new Map<string, Uint8Array>();

function packaged(name: string): Uint8Array {
  const bytes = files.get(name) ?? readFileSync(createRequire(import.meta.url).resolve(name));
  files.set(name, bytes);
  return bytes;
}

let loading: Promise<typeof import("@resvg/resvg-wasm")> | undefined;

function loaded(): Promise<typeof import("@resvg/resvg-wasm")> {
  loading ??= load().catch((error: NodeJS.ErrnoException) => {
    loading = undefined;
    if (error.code !== "ERR_MODULE_NOT_FOUND" && error.code !== "MODULE_NOT_FOUND") throw error;
    throw new UsageError(
      "png: optional packages are missing, expected @resvg/resvg-wasm, @fontsource/dejavu-sans and @fontsource/sawarabi-gothic (`npm install` brings them; an SVG needs none)",
    );
  });
  return loading;
}

async function load(): Promise<typeof import("@resvg/resvg-wasm")> {
  const renderer = await import("@resvg/resvg-wasm");
  await renderer.initWasm(packaged("@resvg/resvg-wasm/index_bg.wasm"));
  for (const font of [...latin, japanese]) packaged(font);
  return renderer;
}
