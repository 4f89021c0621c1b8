import { describe, expect, it } from "vitest";
import { addAlong, gather, oneHot, scatterAdd, takeAlong } from "./indexing.ts";
import { full, zeros } from "./leaf.ts";
import { refusal } from "./refusal.ts";

const indices = (...shape: number[]): ReturnType<typeof full> => full(shape, 0, "int32");

describe("gather", () => {
  it("gather(x, indices, axis) puts the axes of the indices in the place of axis", () => {
    expect(gather(zeros([5, 3]), indices(2, 4)).shape).toEqual([2, 4, 3]);
    expect(gather(zeros([5, 3]), indices(2, 4), -1).shape).toEqual([5, 2, 4]);
    expect(gather(zeros([5, 3]), indices()).shape).toEqual([3]);
    expect(gather(indices(5), indices(2)).dtype).toBe("int32");
  });

  it("gather(x, indices, axis) refuses float indices and axes out of range", () => {
    expect(() => gather(zeros([5]), zeros([2]))).toThrow(
      refusal("DTypeError", "gather: indices has the wrong dtype, got float32, expected int32"),
    );
    expect(() => gather(zeros([5]), indices(2), 1)).toThrow(
      refusal("OptionError", "gather: axis is out of range, got 1, expected an integer from -1 to 0"),
    );
  });
});

describe("scatterAdd", () => {
  it("scatterAdd(g, indices, length, axis) puts one axis in the place of those of the indices", () => {
    expect(scatterAdd(zeros([2, 4, 3]), indices(2, 4), 5).shape).toEqual([5, 3]);
    expect(scatterAdd(zeros([5, 2, 4]), indices(2, 4), 3, -1).shape).toEqual([5, 3]);
    expect(scatterAdd(zeros([3]), indices(), 5).shape).toEqual([5, 3]);
  });

  it("scatterAdd(g, indices, length) refuses what does not fit", () => {
    expect(() => scatterAdd(zeros([2, 3]), indices(3), 5)).toThrow(
      refusal("ShapeError", "scatterAdd: indices has the wrong shape, got [3], expected [2]"),
    );
    expect(() => scatterAdd(indices(2), indices(2), 5)).toThrow(
      refusal("DTypeError", "scatterAdd: g has the wrong dtype, got int32, expected float32"),
    );
    expect(() => scatterAdd(zeros([2]), indices(2), -1)).toThrow(
      refusal("OptionError", "scatterAdd: length must be an integer of at least 0, got -1"),
    );
  });
});

describe("takeAlong and addAlong", () => {
  it("takeAlong(x, indices) has the shape of the indices, addAlong(g, indices, length) takes it back", () => {
    expect(takeAlong(zeros([2, 5]), indices(2, 3)).shape).toEqual([2, 3]);
    expect(addAlong(zeros([2, 3]), indices(2, 3), 5).shape).toEqual([2, 5]);
  });

  it("takeAlong(x, indices) and addAlong(g, indices, length) refuse what does not fit", () => {
    expect(() => takeAlong(zeros([2, 5]), indices(3, 4))).toThrow(
      refusal("ShapeError", "takeAlong: indices has the wrong shape, got [3, 4], expected [2, 4]"),
    );
    expect(() => takeAlong(zeros([]), indices(2))).toThrow(
      refusal("ShapeError", "takeAlong: there is no last axis, got [] and [2], expected at least 1 axis each"),
    );
    expect(() => takeAlong(zeros([2]), zeros([2]))).toThrow(
      refusal("DTypeError", "takeAlong: indices has the wrong dtype, got float32, expected int32"),
    );
    expect(() => addAlong(zeros([2, 3]), indices(2, 4), 5)).toThrow(
      refusal("ShapeError", "addAlong: indices has the wrong shape, got [2, 4], expected [2, 3]"),
    );
    expect(() => addAlong(zeros([2]), indices(2), 1.5)).toThrow(
      refusal("OptionError", "addAlong: length must be an integer of at least 0, got 1.5"),
    );
  });
});

describe("oneHot", () => {
  it("oneHot(labels, classes) adds an axis of the classes", () => {
    expect(oneHot(indices(2, 3), 10)).toMatchObject({ shape: [2, 3, 10], dtype: "float32" });
  });

  it("oneHot(labels, classes) refuses float labels and broken counts", () => {
    expect(() => oneHot(zeros([2]), 10)).toThrow(
      refusal("DTypeError", "oneHot: labels has the wrong dtype, got float32, expected int32"),
    );
    expect(() => oneHot(indices(2), 1.5)).toThrow(
      refusal("OptionError", "oneHot: classes must be an integer of at least 0, got 1.5"),
    );
  });
});
