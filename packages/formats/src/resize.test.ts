import { OptionError } from "tatamijs/shape";
import { expect, it } from "vitest";
import { foreignImage, greyPixels, grownPixels, shrunkPixels } from "./foreign-images.ts";
import { readImage } from "./read-image.ts";
import { invert, resize, toChannels } from "./resize.ts";

const rgb = await readImage(foreignImage("rgb"));

it("toChannels(image, 1) is Pillow's grey, and back it is three times the same", () => {
  const grey = toChannels(rgb, 1);
  expect([...grey.data]).toEqual(greyPixels);
  expect([...toChannels(grey, 3).data.subarray(3, 9)]).toEqual([15, 15, 15, 30, 30, 30]);
  expect(() => toChannels(rgb, 2)).toThrow(OptionError);
});

it.each([
  [3, 2, shrunkPixels],
  [7, 4, grownPixels],
])("resize(image, %i, %i) is within a step of Pillow's", (width, height, expected) => {
  const { data } = resize(toChannels(rgb, 1), width, height);
  expect(data.length).toBe(expected.length);
  expect(Math.max(...expected.map((value, index) => Math.abs(value - data[index]!)))).toBeLessThanOrEqual(1);
});

it("resize(image) leaves one colour alone and passes over no pixel", () => {
  const data = new Uint8Array(100 * 100);
  expect(resize({ width: 100, height: 100, channels: 1, data: data.fill(77) }, 7, 3).data).toEqual(
    new Uint8Array(21).fill(77),
  );
  const line = new Uint8Array(100 * 100);
  line.fill(255, 4300, 4400);
  const { data: small } = resize({ width: 100, height: 100, channels: 1, data: line }, 10, 10);
  // the light of one row of a hundred is all there, shared between rows
  expect(small.reduce((sum, value) => sum + value, 0) / 100).toBeCloseTo(2.55, 0);
  expect(() => resize(rgb, 0, 4)).toThrow("resize: width is out of range, got 0");
});

it("invert(image) turns dark to bright", () => {
  expect([...invert(rgb).data.subarray(0, 5)]).toEqual([255, 255, 255, 205, 255]);
});
