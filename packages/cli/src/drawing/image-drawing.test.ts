import type { Image } from "tatamijs-formats";
import { expect, it } from "vitest";
import { drawImage, drawnSide } from "./image-drawing.ts";

const image: Image = { width: 2, height: 3, channels: 1, data: Uint8Array.of(255, 0, 255, 0, 128, 64) };

it("drawImage(image, false) shades two pixels a character, in lines of one width", () => {
  const lines = drawImage(image, false);
  expect(lines.map((line) => line.slice(0, 3))).toEqual(["█  ", "▒░ "]);
  expect(new Set(lines.map((line) => line.length))).toEqual(new Set([drawnSide]));
});

it("drawImage(image, true) colours the halves of each character", () => {
  expect(drawImage(image, true)[0]).toBe(
    `\x1b[38;2;255;255;255m\x1b[48;2;255;255;255m▀\x1b[0m\x1b[38;2;0;0;0m\x1b[48;2;0;0;0m▀\x1b[0m${" ".repeat(22)}`,
  );
});

it("drawImage(image) shrinks what is wider than it draws", () => {
  const wide: Image = { width: 480, height: 40, channels: 1, data: new Uint8Array(480 * 40).fill(255) };
  expect(drawImage(wide, false)).toEqual(["█".repeat(drawnSide)]);
});
