import { DataError } from "tatamijs/shape";
import { expect, it } from "vitest";
import { centreDigit } from "./digit.ts";
import type { Image } from "./image.ts";

/** A dark bar, 20 × 60, somewhere on bright paper. */
function photograph(left: number, top: number): Image {
  const data = new Uint8Array(200 * 150).fill(230);
  for (let y = top; y < top + 60; y++) data.fill(40, y * 200 + left, y * 200 + left + 20);
  return { width: 200, height: 150, channels: 1, data };
}

it("centreDigit(image, 28, {invert: true}) fits the ink into 20 and puts its centre of mass into the middle", () => {
  const { width, height, data } = centreDigit(photograph(120, 20), 28, { invert: true });
  expect([width, height]).toEqual([28, 28]);
  const rows = Array.from({ length: 28 }, (_, y) => data.subarray(y * 28, y * 28 + 28).some((value) => value > 0));
  expect(rows.filter(Boolean).length).toBe(20);
  expect([rows.indexOf(true), rows.lastIndexOf(true)]).toEqual([4, 23]);
  let [mass, x] = [0, 0];
  for (const [index, value] of data.entries()) {
    mass += value;
    x += value * ((index % 28) + 0.5);
  }
  expect(Math.abs(x / mass - 14)).toBeLessThanOrEqual(0.5);
  expect(Math.max(...data)).toBe(255);
});

it("centreDigit(image, 28) gives the same wherever the digit was", () => {
  const here = centreDigit(photograph(3, 80), 28, { invert: true });
  expect(here).toEqual(centreDigit(photograph(160, 5), 28, { invert: true }));
});

it("centreDigit(image, 28) refuses paper without ink", () => {
  const blank: Image = { width: 3, height: 3, channels: 1, data: new Uint8Array(9).fill(200) };
  expect(() => centreDigit(blank, 28, { source: "a.png" })).toThrow(DataError);
  expect(() => centreDigit(photograph(3, 8), 28)).toThrow("has to be inverted");
});
