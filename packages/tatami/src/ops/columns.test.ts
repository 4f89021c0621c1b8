import { describe, expect, it } from "vitest";
import { col2im, im2col } from "./columns.ts";
import { zeros } from "./leaf.ts";
import { refusal } from "./refusal.ts";

describe("im2col and col2im", () => {
  it("im2col(x, kernelSize, options) has a row per patch", () => {
    expect(im2col(zeros([2, 3, 5, 4]), [3, 2], { stride: 2, padding: 1 }).shape).toEqual([2 * 3 * 3, 3 * 3 * 2]);
  });

  it("col2im(columns, imageShape, kernelSize, options) takes them back", () => {
    expect(col2im(zeros([18, 18]), [2, 3, 5, 4], [3, 2], { stride: 2, padding: 1 }).shape).toEqual([2, 3, 5, 4]);
  });

  it("im2col(x) refuses other layouts and windows that do not fit", () => {
    expect(() => im2col(zeros([3, 5, 4]), 3)).toThrow(
      refusal("ShapeError", "im2col: x has the wrong number of axes, got [3, 5, 4], expected [N, C, H, W]"),
    );
    expect(() => im2col(zeros([1, 1, 2, 2]), 3)).toThrow(
      refusal(
        "ShapeError",
        "im2col: window is larger than the padded image, got height 3 over 2 (image [2, 2], kernel [3, 3]), expected at most 2",
      ),
    );
    expect(() => im2col(zeros([1, 1, 2, 2]), 0)).toThrow(
      refusal("OptionError", "im2col: kernelSize must be integers of at least 1, got 0"),
    );
  });

  it("col2im(columns, imageShape) refuses what im2col does not give", () => {
    expect(() => col2im(zeros([4, 4]), [1, 1, 4, 4], 2)).toThrow(
      refusal("ShapeError", "col2im: columns has the wrong shape, got [4, 4], expected [9, 4]"),
    );
    expect(() => col2im(zeros([4, 4]), [4, 4], 2)).toThrow(
      refusal("ShapeError", "col2im: imageShape has the wrong number of axes, got [4, 4], expected [N, C, H, W]"),
    );
  });
});
