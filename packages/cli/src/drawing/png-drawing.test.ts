// Pictures read back by our own PNG reader, and fonts held against every character the command and the course may draw.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Image, readImage } from "tatamijs-formats";
import { describe, expect, it } from "vitest";
import { UsageError } from "../command/usage-error.ts";
import { fontCharacters } from "./font-characters.ts";
import { drawPng } from "./png-drawing.ts";
import { plotDrawing } from "./svg/plot-drawing.ts";
import { styleAt } from "./svg/series-style.ts";
import { svgFile } from "./svg/svg-document.ts";
import { asItIs } from "./svg/svg-text.ts";

const drawing = (text: string, more = ""): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 50"><style>text{font:20px system-ui,sans-serif;fill:#000}</style><rect width="200" height="50" fill="#fff"/><text x="10" y="30">${text}</text>${more}</svg>`;

/** How many pixels of a part are dark. */
function ink({ width, channels, data }: Image, [left, top, right, bottom]: readonly number[]): number {
  let dark = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) if (data[(y * width + x) * channels] < 128) dark++;
  }
  return dark;
}

async function drawn(svg: string, options?: { width?: number; scale?: number }): Promise<Image> {
  return readImage(await drawPng(svg, options));
}

describe("drawPng(svg)", () => {
  it("has two pixels for each unit, another scale or width where asked for", async () => {
    const size = async (options?: { width?: number; scale?: number }): Promise<number[]> => {
      const { width, height } = await drawn(drawing("a"), options);
      return [width, height];
    };
    expect(await size()).toEqual([400, 100]);
    expect(await size({ scale: 1 })).toEqual([200, 50]);
    expect(await size({ width: 300 })).toEqual([300, 75]);
  });

  it("draws lines and text where they are, and nothing elsewhere", async () => {
    const image = await drawn(drawing("learning rate", '<line x1="0" x2="200" y1="45" y2="45" stroke="#000"/>'), {
      scale: 1,
    });
    expect(ink(image, [0, 43, 200, 47])).toBeGreaterThanOrEqual(200);
    expect(ink(image, [10, 10, 150, 36])).toBeGreaterThan(100);
    expect(ink(image, [0, 0, 200, 10]) + ink(image, [0, 36, 200, 43])).toBe(0);
  });

  it("is light, whatever the drawing has for the dark", async () => {
    const dark = "<style>@media(prefers-color-scheme:dark){rect{fill:#000}}</style>";
    expect(ink(await drawn(drawing("", dark)), [0, 0, 400, 100])).toBe(0);
  });

  it.each(["∂L/∂W ‖λ‖₂ ≤ x²", "学習率と勾配", "逆伝播 σ′"])("draws %s, no two characters alike", async (text) => {
    const pictures = await Promise.all(
      [...new Set(text.replaceAll(" ", ""))].map(async (character) => (await drawn(drawing(character))).data.join()),
    );
    expect(new Set(pictures).size).toBe(pictures.length);
  });

  it("draws the curves of runs under their names", async () => {
    const points = [0, 1, 2].map((x) => ({ x, y: x / 10, low: x / 10, high: x / 10 }));
    const curves = [{ name: "a run", style: styleAt(0), points }];
    const plotted = { x: { label: "iterations" }, y: { label: "loss" }, curves, names: "ends" } as const;
    const svg = svgFile("test loss", plotDrawing(plotted, { width: 800, say: asItIs }));
    const image = await drawn(svg);
    const size = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!.slice(1).map(Number);
    expect([image.width, image.height]).toEqual(size.map((side) => Math.round(side * 2)));
    // the title, the curve, and the name at its end
    expect(ink(image, [20, 10, 160, 50])).toBeGreaterThan(100);
    expect(ink(image, [120, 80, 1300, 700])).toBeGreaterThan(1000);
    expect(ink(image, [1440, 60, image.width, 700])).toBeGreaterThan(100);
  });

  it("refuses characters that it has no glyph for, and pictures of no possible size", async () => {
    await expect(drawPng(drawing("ok 🙂 กข"))).rejects.toThrow(
      new UsageError(
        'png: the fonts lack characters, got "🙂กข", expected Latin, Greek, Cyrillic, mathematics or Japanese (an SVG takes any)',
      ),
    );
    await expect(drawPng(drawing("a"), { width: 20_000 })).rejects.toThrow(
      "png: the picture is of no possible size, got 20000 × 5000, expected 1 to 16384",
    );
    await expect(drawPng(drawing("a"), { scale: 0 })).rejects.toThrow("got 0 × 0, expected 1 to 16384");
  });
});

it("fontCharacters(font) knows what DejaVu Sans has, and what it has not", () => {
  const file = createRequire(import.meta.url).resolve(
    "@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff2",
  );
  const has = fontCharacters(readFileSync(file));
  const known = [..." ~aéλЖ∂≤→ₙ😀学"].map((character) => has(character.codePointAt(0)!));
  expect(known).toEqual([true, true, true, true, true, true, true, true, true, true, true, false]);
});
