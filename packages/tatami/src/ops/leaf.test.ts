import { describe, expect, it } from "vitest";
import type { Storage } from "../graph/storage.ts";
import type { Tensor } from "../graph/tensor.ts";
import { full, ones, tensor, zeros } from "./leaf.ts";
import { refusal } from "./refusal.ts";

const hostOf = (x: Tensor): unknown => (x.node.attributes as { storage: Storage }).storage.host;

describe("tensor", () => {
  it("tensor(number) is a scalar", () => {
    expect(tensor(3).shape).toEqual([]);
    expect(hostOf(tensor(3))).toEqual(Float32Array.of(3));
  });

  it("tensor(nested) takes the shape of the nesting", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(x.shape).toEqual([2, 3]);
    expect(hostOf(x)).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(tensor([[], []]).shape).toEqual([2, 0]);
  });

  it("tensor(nested typed arrays) reads them as rows", () => {
    expect(tensor([Float32Array.of(1, 2), [3, 4]]).shape).toEqual([2, 2]);
  });

  it("tensor(Int32Array) is int32 and copies", () => {
    const values = Int32Array.of(1, 2);
    const x = tensor(values);
    values[0] = 9;
    expect(x.dtype).toBe("int32");
    expect(hostOf(x)).toEqual(Int32Array.of(1, 2));
  });

  it("tensor(values, shape) lays the elements out in the shape", () => {
    expect(tensor([1, 2, 3, 4], [2, 2]).shape).toEqual([2, 2]);
    expect(() => tensor([1, 2, 3], [2, 2])).toThrow(
      refusal("ShapeError", "tensor: number of values does not fit the shape, got 3, expected 4 for [2, 2]"),
    );
  });

  it("tensor(ragged) says where the lengths differ", () => {
    expect(() => tensor([[1, 2], [3]])).toThrow(
      refusal("ShapeError", "tensor: nested arrays are ragged at depth 1, got length 1, expected length 2"),
    );
    expect(() => tensor([[1], 2])).toThrow(
      refusal("ShapeError", "tensor: nested arrays are ragged at depth 1, got a number, expected length 1"),
    );
    expect(() => tensor([1, [2]])).toThrow(
      refusal("ShapeError", "tensor: nested arrays are ragged at depth 1, got length 1, expected a number"),
    );
  });
});

describe("full", () => {
  it("full(shape, value, dtype), zeros(shape) and ones(shape) have that shape", () => {
    expect(full([2, 0], 1, "int32")).toMatchObject({ shape: [2, 0], dtype: "int32" });
    expect(zeros([3])).toMatchObject({ shape: [3], dtype: "float32" });
    expect(ones([])).toMatchObject({ shape: [], dtype: "float32" });
  });

  it("full(shape) refuses sizes that are not counts", () => {
    expect(() => full([2, -1], 0)).toThrow(
      refusal("ShapeError", "full: sizes must be integers of at least 0, got [2, -1]"),
    );
  });

  it("full(shape, value, int32) refuses values that are not int32", () => {
    expect(() => full([1], 0.5, "int32")).toThrow(
      refusal("OptionError", "full: value does not fit the dtype, got 0.5, expected an int32"),
    );
  });
});
