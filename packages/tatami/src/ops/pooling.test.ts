import { describe, expect, it } from "vitest";
import { apply } from "../graph/tensor.ts";
import { windowOf } from "../shape/window.ts";
import { zeros } from "./leaf.ts";
import { avgPool2d, avgPool2dGradientOp, globalAvgPool2d, globalMaxPool2d, maxPool2d } from "./pooling.ts";
import { refusal } from "./refusal.ts";

const images = zeros([2, 3, 7, 6]);

describe.each(Object.entries({ maxPool2d, avgPool2d }))("%s", (name, pool) => {
  it(`${name}(x, kernelSize, {stride, padding}) strides by the kernel unless told otherwise`, () => {
    expect(pool(images, 2).shape).toEqual([2, 3, 3, 3]);
    expect(pool(images, [3, 2], { stride: 1, padding: 1 }).shape).toEqual([2, 3, 7, 7]);
  });

  it(`${name}(x) refuses other layouts and windows that do not fit`, () => {
    expect(() => pool(zeros([7, 6]), 2)).toThrow(
      refusal("ShapeError", `${name}: x has the wrong number of axes, got [7, 6], expected [N, C, H, W]`),
    );
    expect(() => pool(images, 8)).toThrow(
      refusal(
        "ShapeError",
        `${name}: window is larger than the padded image, got height 8 over 7 (image [7, 6], kernel [8, 8]), expected at most 7`,
      ),
    );
  });

  it(`${name}(x, kernelSize, {padding}) refuses more than half the kernel`, () => {
    expect(() => pool(images, [4, 3], { padding: 2 })).toThrow(
      refusal(
        "OptionError",
        `${name}: padding is larger than half the kernel, got 2 for kernel [4,3], expected at most half of it`,
      ),
    );
  });
});

describe.each(Object.entries({ globalAvgPool2d, globalMaxPool2d }))("%s", (name, pool) => {
  it(`${name}(x) is [N, C, 1, 1] and refuses other layouts`, () => {
    expect(pool(images).shape).toEqual([2, 3, 1, 1]);
    expect(() => pool(zeros([2, 3]))).toThrow(
      refusal("ShapeError", `${name}: x has the wrong number of axes, got [2, 3], expected [N, C, H, W]`),
    );
  });
});

describe("the gradient of avgPool2d", () => {
  it("avgPool2dGradient refuses a gradient of another size", () => {
    const attributes = { window: windowOf("test", 2, { stride: 2 }), countPadding: true, image: [7, 6] as const };
    expect(() => apply(avgPool2dGradientOp, [zeros([2, 3, 4, 3])], attributes)).toThrow(
      refusal(
        "ShapeError",
        "avgPool2dGradient: g has the wrong size, got [2, 3, 4, 3], expected [N, C, 3, 3] for images of 7 by 6",
      ),
    );
  });
});
