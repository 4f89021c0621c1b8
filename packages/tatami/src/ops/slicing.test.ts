import { describe, expect, it } from "vitest";
import { full, zeros } from "./leaf.ts";
import { refusal } from "./refusal.ts";
import { concat, pad, slice, stack } from "./slicing.ts";

const x = zeros([2, 3]);

describe("pad", () => {
  it("pad(x, padding) adds to both ends of each axis", () => {
    expect(
      pad(x, [
        [1, 0],
        [2, 3],
      ]).shape,
    ).toEqual([3, 8]);
  });

  it("pad(x, nothing) is x", () => {
    expect(
      pad(x, [
        [0, 0],
        [0, 0],
      ]),
    ).toBe(x);
  });

  it("pad(x, padding) refuses a wrong number of pairs and negative counts", () => {
    expect(() => pad(x, [[1, 0]])).toThrow(
      refusal(
        "OptionError",
        "pad: padding does not fit, got [[1,0]], expected [before, after] of at least 0 for each axis of [2, 3]",
      ),
    );
    expect(() =>
      pad(x, [
        [1, 0],
        [0, -1],
      ]),
    ).toThrow(
      refusal(
        "OptionError",
        "pad: padding does not fit, got [[1,0],[0,-1]], expected [before, after] of at least 0 for each axis of [2, 3]",
      ),
    );
  });

  it("pad(int32, padding, value) refuses values that are not int32", () => {
    expect(() => pad(full([2], 1, "int32"), [[1, 1]], 0.5)).toThrow(
      refusal("OptionError", "pad: value does not fit the dtype, got 0.5, expected an int32"),
    );
  });
});

describe("slice", () => {
  it("slice(x, begin, size) has that size, -1 taking the rest", () => {
    expect(slice(x, [1, 1], [1, -1]).shape).toEqual([1, 2]);
    expect(slice(x, [2, 0], [0, 3]).shape).toEqual([0, 3]);
  });

  it("slice(x, everything) is x", () => {
    expect(slice(x, [0, 0], [-1, 3])).toBe(x);
  });

  it.each([
    [
      [1, 0],
      [2, 3],
    ],
    [
      [-1, 0],
      [1, 3],
    ],
    [[0], [2]],
    [
      [0, 0.5],
      [1, 1],
    ],
  ])("slice(x, %j, %j) refuses to leave the tensor", (begin, size) => {
    expect(() => slice(x, begin, size)).toThrow(
      refusal(
        "ShapeError",
        `slice: slice leaves the tensor, got begin [${begin.join(", ")}] and size [${size.join(", ")}], expected both within [2, 3]`,
      ),
    );
  });
});

describe("concat", () => {
  it("concat(xs, axis) adds the sizes up", () => {
    expect(concat([x, zeros([2, 0]), zeros([2, 4])], -1).shape).toEqual([2, 7]);
  });

  it("concat([x]) is x", () => {
    expect(concat([x])).toBe(x);
  });

  it("concat(xs) refuses other axes that differ", () => {
    expect(() => concat([x, zeros([2, 4])])).toThrow(
      refusal(
        "ShapeError",
        "concat: shapes differ outside axis 0, got [2, 3] and [2, 4], expected all other axes equal",
      ),
    );
    expect(() => concat([x, zeros([2])])).toThrow(
      refusal("ShapeError", "concat: shapes differ outside axis 0, got [2, 3] and [2], expected all other axes equal"),
    );
  });

  it("concat(xs) refuses mixed dtypes and an empty list", () => {
    expect(() => concat([x, full([2, 3], 1, "int32")])).toThrow(
      refusal("DTypeError", "concat: a tensor has the wrong dtype, got int32, expected float32"),
    );
    expect(() => concat([])).toThrow(
      refusal("OptionError", "concat: nothing to join, got 0 tensors, expected at least 1"),
    );
  });
});

describe("stack", () => {
  it("stack(xs, axis) makes the axis", () => {
    expect(stack([x, x]).shape).toEqual([2, 2, 3]);
    expect(stack([x, x, x, x], -1).shape).toEqual([2, 3, 4]);
  });

  it("stack(xs) refuses different shapes and an empty list", () => {
    expect(() => stack([x, zeros([3, 2])])).toThrow(
      refusal("ShapeError", "stack: shapes differ, got [2, 3] and [3, 2], expected equal shapes"),
    );
    expect(() => stack([])).toThrow(
      refusal("OptionError", "stack: nothing to join, got 0 tensors, expected at least 1"),
    );
  });
});
