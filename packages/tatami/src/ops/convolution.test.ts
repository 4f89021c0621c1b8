import { describe, expect, it } from "vitest";
import { apply } from "../graph/tensor.ts";
import { windowOf } from "../shape/window.ts";
import { conv2d, conv2dFilterGradientOp, conv2dInputGradientOp, convTranspose2d } from "./convolution.ts";
import { full, zeros } from "./leaf.ts";
import { refusal } from "./refusal.ts";

const images = zeros([2, 4, 7, 6]);
const filters = zeros([8, 4, 3, 3]);

describe("conv2d", () => {
  it("conv2d(x, w, options) is [N, outC, OH, OW]", () => {
    expect(conv2d(images, filters).shape).toEqual([2, 8, 5, 4]);
    expect(conv2d(images, filters, { padding: 1, stride: [2, 1] }).shape).toEqual([2, 8, 4, 6]);
    expect(conv2d(images, filters, { dilation: 2, padding: [1, 0, 2, 0] }).shape).toEqual([2, 8, 4, 4]);
    expect(conv2d(images, zeros([8, 2, 3, 3]), { groups: 2 }).shape).toEqual([2, 8, 5, 4]);
  });

  it("conv2d(x, w, {bias}) adds it to each channel", () => {
    const y = conv2d(images, filters, { bias: zeros([8]) });
    expect(y.shape).toEqual([2, 8, 5, 4]);
    expect(y.node.op.name).toBe("add");
    expect(() => conv2d(images, filters, { bias: zeros([4]) })).toThrow(
      refusal("ShapeError", "conv2d: bias has the wrong shape, got [4], expected [8]"),
    );
  });

  it("conv2d(x, w) refuses other layouts and channels that differ", () => {
    expect(() => conv2d(zeros([4, 7, 6]), filters)).toThrow(
      refusal("ShapeError", "conv2d: x has the wrong number of axes, got [4, 7, 6], expected [N, C, H, W]"),
    );
    expect(() => conv2d(images, zeros([8, 4, 3]))).toThrow(
      refusal(
        "ShapeError",
        "conv2d: w has the wrong number of axes, got [8, 4, 3], expected [outC, inC/groups, KH, KW]",
      ),
    );
    expect(() => conv2d(images, zeros([8, 3, 3, 3]))).toThrow(
      refusal("ShapeError", "conv2d: w has the wrong shape, got [8, 3, 3, 3], expected [8, 4, 3, 3]"),
    );
    expect(() => conv2d(full([2, 4, 7, 6], 1, "int32"), filters)).toThrow(
      refusal("DTypeError", "conv2d: x has the wrong dtype, got int32, expected float32"),
    );
  });

  it("conv2d(x, w, {groups}) refuses groups that do not divide the channels", () => {
    expect(() => conv2d(images, filters, { groups: 3 })).toThrow(
      refusal(
        "OptionError",
        "conv2d: groups do not divide the channels, got groups 3 for 4 in and 8 out, expected a common divisor",
      ),
    );
  });

  it("conv2d(x, w, options) refuses options out of range and windows that do not fit", () => {
    expect(() => conv2d(images, filters, { stride: 0 })).toThrow(
      refusal("OptionError", "conv2d: stride must be integers of at least 1, got 0"),
    );
    expect(() => conv2d(images, filters, { padding: [0, -1] })).toThrow(
      refusal("OptionError", "conv2d: padding must be integers of at least 0, got [0,-1]"),
    );
    expect(() => conv2d(images, filters, { dilation: 3 })).toThrow(
      refusal(
        "ShapeError",
        "conv2d: window is larger than the padded image, got width 7 over 6 (image [7, 6], kernel [3, 3]), expected at most 6",
      ),
    );
  });
});

describe("convTranspose2d", () => {
  const w = zeros([4, 5, 3, 3]);

  it("convTranspose2d(x, w, options) is [N, outC, OH, OW]", () => {
    expect(convTranspose2d(images, w).shape).toEqual([2, 5, 9, 8]);
    const options = { stride: 2, padding: 1, outputPadding: 1, bias: zeros([5]) };
    expect(convTranspose2d(images, w, options).shape).toEqual([2, 5, 14, 12]);
    expect(convTranspose2d(images, w, { groups: 2, dilation: 2 }).shape).toEqual([2, 10, 11, 10]);
  });

  it("convTranspose2d(x, w) refuses channels that differ", () => {
    expect(() => convTranspose2d(images, zeros([8, 5, 3, 3]))).toThrow(
      refusal("ShapeError", "convTranspose2d: w has the wrong shape, got [8, 5, 3, 3], expected [4, 5, 3, 3]"),
    );
    expect(() => convTranspose2d(images, zeros([4, 3, 3]))).toThrow(
      refusal(
        "ShapeError",
        "convTranspose2d: w has the wrong number of axes, got [4, 3, 3], expected [inC, outC/groups, KH, KW]",
      ),
    );
    expect(() => convTranspose2d(images, w, { groups: 3 })).toThrow(
      refusal(
        "OptionError",
        "convTranspose2d: groups do not divide the channels, got groups 3 for 4 in and 15 out, expected a common divisor",
      ),
    );
    expect(() => convTranspose2d(images, w, { bias: zeros([4]) })).toThrow(
      refusal("ShapeError", "convTranspose2d: bias has the wrong shape, got [4], expected [5]"),
    );
  });

  it("convTranspose2d(x, w, {outputPadding}) refuses the stride or more", () => {
    expect(() => convTranspose2d(images, w, { stride: [2, 1], outputPadding: 1 })).toThrow(
      refusal(
        "OptionError",
        "convTranspose2d: outputPadding is out of range, got 1, expected integers from 0 to less than the stride [2, 1]",
      ),
    );
  });

  it("convTranspose2d(x, w, {padding}) refuses to crop everything", () => {
    expect(() => convTranspose2d(zeros([1, 4, 1, 1]), w, { padding: 2 })).toThrow(
      refusal(
        "ShapeError",
        "convTranspose2d: nothing is left of the image, got -1 by -1 for x [1, 4, 1, 1], expected at least 1 by 1",
      ),
    );
  });
});

describe("the gradients of conv2d", () => {
  const window = windowOf("test", 3);

  it("conv2dInputGradient refuses a gradient of another size", () => {
    const attributes = { window, groups: 1, image: [7, 6] as const };
    expect(() => apply(conv2dInputGradientOp, [zeros([2, 8, 5, 5]), filters], attributes)).toThrow(
      refusal(
        "ShapeError",
        "conv2dInputGradient: g has the wrong size, got [2, 8, 5, 5], expected [N, C, 5, 4] for images of 7 by 6",
      ),
    );
  });

  it("conv2dFilterGradient refuses a gradient of another batch", () => {
    expect(() => apply(conv2dFilterGradientOp, [images, zeros([3, 8, 5, 4])], { window, groups: 1 })).toThrow(
      refusal("ShapeError", "conv2dFilterGradient: g has the wrong shape, got [3, 8, 5, 4], expected [2, 8, 5, 4]"),
    );
  });
});
