import { expect, it } from "vitest";
import { drawDigit, drawnSize } from "./digit-drawing.ts";

it("drawDigit(pixels) draws two pixels a character, with the ink in the middle", () => {
  const pixels = new Float32Array(28 * 28);
  // a bar of 2 columns and 4 rows in a corner, its last row faint
  for (const row of [0, 1, 2]) for (const column of [0, 1]) pixels[row * 28 + column] = 1;
  pixels[3 * 28] = 0.4;
  const lines = drawDigit(pixels, 28, 28);
  expect(lines).toHaveLength(drawnSize / 2);
  expect(lines.every((line) => line.length === drawnSize)).toBe(true);
  expect(lines.map((line) => line.trim()).filter((line) => line !== "")).toEqual(["██", "▀▀"]);
  expect(lines[4].indexOf("█")).toBe(9);
});

it("drawDigit(pixels) of an empty image is empty", () => {
  expect(
    drawDigit(new Float32Array(28 * 28), 28, 28)
      .join("")
      .trim(),
  ).toBe("");
});
