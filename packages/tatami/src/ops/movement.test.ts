import { describe, expect, it } from "vitest";
import { tensor, zeros } from "./leaf.ts";
import { flip, reshape, transpose } from "./movement.ts";
import { refusal } from "./refusal.ts";

const x = zeros([2, 3, 4]);

describe("reshape", () => {
  it("reshape(x, shape) works one -1 out", () => {
    expect(reshape(x, [6, -1]).shape).toEqual([6, 4]);
    expect(reshape(x, [-1]).shape).toEqual([24]);
    expect(reshape(zeros([1]), []).shape).toEqual([]);
  });

  it("reshape(x, its shape) is x", () => {
    expect(reshape(x, [2, -1, 4])).toBe(x);
  });

  it("reshape(int32) stays int32", () => {
    expect(reshape(tensor(Int32Array.of(1, 2)), [2, 1]).dtype).toBe("int32");
  });

  it("reshape(x, shape) refuses another number of elements", () => {
    expect(() => reshape(x, [5, 5])).toThrow(
      refusal("ShapeError", "reshape: number of elements differs, got [2, 3, 4], expected as many as in [5, 5]"),
    );
    expect(() => reshape(x, [-2, -12])).toThrow(
      refusal("ShapeError", "reshape: sizes must be integers of at least 0, got [-2, -12]"),
    );
  });

  it.each([[[5, -1]], [[-1, -1]], [[0, -1]]])("reshape(x, %j) refuses a -1 that cannot be worked out", (shape) => {
    const list = `[${shape.join(", ")}]`;
    expect(() => reshape(x, shape)).toThrow(
      refusal(
        "ShapeError",
        `reshape: -1 cannot be worked out, got ${list}, expected one -1 and the rest to divide 24 elements of [2, 3, 4]`,
      ),
    );
  });
});

describe("transpose", () => {
  it("transpose(x) reverses the axes", () => {
    expect(transpose(x).shape).toEqual([4, 3, 2]);
  });

  it("transpose(x, permutation) takes axis permutation[i] to axis i", () => {
    expect(transpose(x, [1, -1, 0]).shape).toEqual([3, 4, 2]);
  });

  it("transpose(x, identity) is x", () => {
    expect(transpose(x, [0, 1, 2])).toBe(x);
    const vector = zeros([3]);
    expect(transpose(vector)).toBe(vector);
  });

  it.each([[[0, 1]], [[0, 1, 1]]])("transpose(x, %j) refuses what is no permutation", (permutation) => {
    const list = `[${permutation.join(", ")}]`;
    expect(() => transpose(x, permutation)).toThrow(
      refusal(
        "OptionError",
        `transpose: permutation must name each axis once, got ${list}, expected the 3 axes of [2, 3, 4]`,
      ),
    );
  });

  it("transpose(x, permutation) refuses axes out of range", () => {
    expect(() => transpose(x, [0, 1, 3])).toThrow(
      refusal("OptionError", "transpose: axis is out of range, got 3, expected an integer from -3 to 2"),
    );
  });
});

describe("flip", () => {
  it("flip(x, axes) keeps the shape", () => {
    expect(flip(x, [0, -1]).shape).toEqual([2, 3, 4]);
  });

  it("flip(x, axes of size 1) is x", () => {
    const row = zeros([1, 4]);
    expect(flip(row, 0)).toBe(row);
  });

  it("flip(x, axes) refuses an axis named twice", () => {
    expect(() => flip(x, [0, -3])).toThrow(
      refusal("OptionError", "flip: axes repeat, got [0, -3], expected each axis once"),
    );
  });
});
