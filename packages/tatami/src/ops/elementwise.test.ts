import { describe, expect, it } from "vitest";
import type { Tensor } from "../graph/tensor.ts";
import { elementwiseNames, elementwiseTable, isCompound } from "../program/elementwise.ts";
import { add } from "./arithmetic.ts";
import * as ops from "./index.ts";
import { full, zeros } from "./leaf.ts";
import { refusal } from "./refusal.ts";
import { opTable } from "./table.ts";

type Builder = (...operands: (Tensor | number)[]) => Tensor;
const builders = new Map(Object.entries(ops)) as Map<string, unknown>;
const named = (name: string): Builder => builders.get(name) as Builder;

const integers = full([2, 3], 1, "int32");

describe("elementwise ops", () => {
  it("every elementwise function of a backend but identity and the compounds is an op", () => {
    const others = elementwiseNames.filter((name) => !(name in opTable));
    expect(others.filter((name) => !isCompound(name))).toEqual(["identity"]);
  });

  const parametric = { leakyRelu: ops.leakyRelu, elu: ops.elu, clip: (x: typeof integers) => ops.clip(x, 0, 1) };
  const unary = elementwiseNames.filter((name) => name !== "identity" && elementwiseTable[name] === 1);
  const ofOne = { ...Object.fromEntries(unary.map((name) => [name, named(name)])), ...parametric };
  it.each(Object.entries(ofOne))("%s(x) keeps the shape and refuses integers", (name, build) => {
    expect(build(zeros([2, 3])).shape).toEqual([2, 3]);
    expect(() => build(integers)).toThrow(
      refusal("DTypeError", `${name}: x has the wrong dtype, got int32, expected float32`),
    );
  });

  const binary = elementwiseNames.filter((name) => elementwiseTable[name] === 2 && !(name in parametric));
  it.each(binary)("%s(a, b) broadcasts, takes numbers and refuses what does not fit", (name) => {
    const build = named(name);
    expect(build(zeros([2, 1, 3]), zeros([4, 1])).shape).toEqual([2, 4, 3]);
    expect(build(2, zeros([3])).shape).toEqual([3]);
    expect(build(1, 2).shape).toEqual([]);
    expect(() => build(zeros([2, 3]), zeros([2]))).toThrow(
      refusal("ShapeError", `${name}: shapes do not broadcast, got [2, 3] and [2], expected axis 1 to be equal or 1`),
    );
    expect(() => build(integers, 1)).toThrow(
      refusal("DTypeError", `${name}: a has the wrong dtype, got int32, expected float32`),
    );
    expect(() => build(1, integers)).toThrow(
      refusal("DTypeError", `${name}: b has the wrong dtype, got int32, expected float32`),
    );
  });

  it("add(a, b) of equal shapes inserts no broadcast", () => {
    const [a, b] = [zeros([2]), zeros([2])];
    expect(add(a, b).node.inputs).toEqual([a.node, b.node]);
  });

  it("where(mask, a, b) broadcasts all three", () => {
    expect(ops.where(zeros([2, 1]), zeros([3]), 0).shape).toEqual([2, 3]);
    expect(() => ops.where(integers, 1, 0)).toThrow(
      refusal("DTypeError", "where: mask has the wrong dtype, got int32, expected float32"),
    );
  });

  it("clip(x, low, high) refuses crossed limits", () => {
    expect(() => ops.clip(zeros([1]), 1, 0)).toThrow(
      refusal("OptionError", "clip: limits are crossed, got low 1 and high 0, expected low <= high"),
    );
  });
});

describe("casts", () => {
  it("toFloat(x) and toInt(x) return x where nothing changes", () => {
    const floats = zeros([2]);
    expect(ops.toFloat(floats)).toBe(floats);
    expect(ops.toInt(integers)).toBe(integers);
    expect(ops.toFloat(integers)).toMatchObject({ shape: [2, 3], dtype: "float32" });
    expect(ops.toInt(floats)).toMatchObject({ shape: [2], dtype: "int32" });
  });
});
