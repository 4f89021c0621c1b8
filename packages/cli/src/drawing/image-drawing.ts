// Images of any size as characters, each for two pixels, one above the other: in colours where the terminal has them, else in
// shades.
import { type Image, resize, toChannels } from "tatamijs-formats";

/** Columns at most, and twice the lines. */
export const drawnSide = 24;

const shades = " ░▒▓█";

/**
 * Lines of `drawnSide` columns.
 * @param colored whether to use 24-bit colour codes
 */
export function drawImage(image: Image, colored: boolean): string[] {
  const scale = Math.min(1, drawnSide / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const { data } = toChannels(resize(image, width, height), colored ? 3 : 1);
  const margin = " ".repeat(drawnSide - width);
  return Array.from({ length: Math.ceil(height / 2) }, (_, line) => {
    const cells = Array.from({ length: width }, (_, x) => {
      const above = 2 * line * width + x;
      const below = 2 * line + 1 < height ? above + width : above;
      return colored ? halves(data, above, below) : shades[Math.round(((data[above] + data[below]) / 510) * 4)];
    });
    return cells.join("") + margin;
  });
}

/**
 * [C, H, W] in [0, 1] as an image; of channels that are no colours, the first.
 * @param shape [C, H, W]
 */
export function imageOfPixels(pixels: Float32Array, [planes, height, width]: readonly [number, number, number]): Image {
  const channels = planes === 3 ? 3 : 1;
  const plane = height * width;
  const data = Uint8Array.from({ length: channels * plane }, (_, at) =>
    Math.round(255 * pixels[(at % channels) * plane + Math.floor(at / channels)]),
  );
  return { width, height, channels, data };
}

function halves(rgb: Uint8Array, above: number, below: number): string {
  const color = (pixel: number): string => rgb.subarray(3 * pixel, 3 * pixel + 3).join(";");
  return `\x1b[38;2;${color(above)}m\x1b[48;2;${color(below)}m▀\x1b[0m`;
}
