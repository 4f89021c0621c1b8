import { describe, expect, it } from "vitest";
import { broadcastTo, sum } from "./broadcast.ts";
import { full, zeros } from "./leaf.ts";
import { refusal } from "./refusal.ts";

const x = zeros([2, 3, 4]);

describe("broadcastTo", () => {
  it("broadcastTo(x, shape) stretches axes of size 1 and adds leading ones", () => {
    expect(broadcastTo(zeros([3, 1]), [2, 3, 4]).shape).toEqual([2, 3, 4]);
    expect(broadcastTo(full([], 7, "int32"), [2])).toMatchObject({ shape: [2], dtype: "int32" });
  });

  it("broadcastTo(x, its shape) is x", () => {
    expect(broadcastTo(x, [2, 3, 4])).toBe(x);
  });

  it.each([[[2, 3, 5]], [[3, 4]]])("broadcastTo(x, %j) refuses to shrink or change axes", (shape) => {
    expect(() => broadcastTo(x, shape)).toThrow(
      refusal(
        "ShapeError",
        `broadcastTo: shape does not stretch, got [2, 3, 4], expected one that broadcasts to [${shape.join(", ")}]`,
      ),
    );
  });
});

describe("sum", () => {
  it("sum(x, axes, {keepDims}) drops the axes or leaves them with size 1", () => {
    expect(sum(x).shape).toEqual([]);
    expect(sum(x, -1).shape).toEqual([2, 3]);
    expect(sum(x, [0, 2], { keepDims: true }).shape).toEqual([1, 3, 1]);
  });

  it("sum(x, no axes) is x", () => {
    expect(sum(x, [])).toBe(x);
  });

  it("sum(x, axes of size 1) is a reshape", () => {
    expect(sum(zeros([1, 3]), 0)).toMatchObject({ shape: [3], node: { op: { name: "reshape" } } });
  });

  it("sum(x, axes) refuses axes out of range and integers", () => {
    expect(() => sum(x, 3)).toThrow(
      refusal("OptionError", "sum: axis is out of range, got 3, expected an integer from -3 to 2"),
    );
    expect(() => sum(full([2], 1, "int32"))).toThrow(
      refusal("DTypeError", "sum: x has the wrong dtype, got int32, expected float32"),
    );
  });
});
