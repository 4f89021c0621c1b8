import { describe, expect, it } from "vitest";
import { reachable } from "../graph/node.ts";
import { full, zeros } from "./leaf.ts";
import { refusal } from "./refusal.ts";
import { logSoftmax, softmax } from "./softmax.ts";

describe.each(Object.entries({ softmax, logSoftmax }))("%s", (name, op) => {
  it(`${name}(x, axis) keeps the shape`, () => {
    expect(op(zeros([4])).shape).toEqual([4]);
    expect(op(zeros([2, 3, 4]), 1).shape).toEqual([2, 3, 4]);
  });

  it(`${name}(matrix) is one node`, () => {
    expect(reachable([op(zeros([2, 3])).node]).map((node) => node.op.name)).toEqual(["full", name]);
  });

  it(`${name}(x, axis) refuses axes out of range, scalars and integers`, () => {
    expect(() => op(zeros([2, 3]), 2)).toThrow(
      refusal("OptionError", `${name}: axis is out of range, got 2, expected an integer from -2 to 1`),
    );
    expect(() => op(zeros([]))).toThrow(
      refusal("ShapeError", `${name}: there is no axis, got [], expected at least 1 axis`),
    );
    expect(() => op(full([2], 1, "int32"))).toThrow(
      refusal("DTypeError", `${name}: x has the wrong dtype, got int32, expected float32`),
    );
  });
});
