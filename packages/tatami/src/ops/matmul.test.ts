import { describe, expect, it } from "vitest";
import { full, zeros } from "./leaf.ts";
import { matmul } from "./matmul.ts";
import { refusal } from "./refusal.ts";

const product = (a: number[], b: number[]): readonly number[] => matmul(zeros(a), zeros(b)).shape;

describe("matmul", () => {
  it("matmul(a, b) multiplies matrices and batches of them", () => {
    expect(product([2, 3], [3, 4])).toEqual([2, 4]);
    expect(product([5, 2, 3], [5, 3, 4])).toEqual([5, 2, 4]);
    expect(product([5, 2, 3], [3, 4])).toEqual([5, 2, 4]);
    expect(product([2, 3], [5, 3, 4])).toEqual([5, 2, 4]);
    expect(product([6, 1, 2, 3], [5, 3, 4])).toEqual([6, 5, 2, 4]);
    expect(product([1, 2, 3], [1, 1, 3, 4])).toEqual([1, 1, 2, 4]);
    expect(product([0, 2, 3], [3, 4])).toEqual([0, 2, 4]);
  });

  it("matmul(a, b, {transposeA, transposeB}) multiplies transposes without making them", () => {
    const result = matmul(zeros([3, 2]), zeros([4, 3]), { transposeA: true, transposeB: true });
    expect(result.shape).toEqual([2, 4]);
    expect(result.node.inputs.map(({ op }) => op.name)).toEqual(["full", "full"]);
  });

  it("matmul(batch, matrix) is one tall product", () => {
    const result = matmul(zeros([5, 2, 3]), zeros([3, 4]));
    expect(result.node.op.name).toBe("reshape");
    expect(result.node.inputs[0]!.shape).toEqual([10, 4]);
  });

  it("matmul(a, b) refuses different inner dimensions", () => {
    expect(() => product([2, 3], [4, 5])).toThrow(
      refusal("ShapeError", "matmul: inner dimensions differ, got [2, 3] and [4, 5], expected 3 = 4"),
    );
    expect(() => matmul(zeros([2, 3]), zeros([3, 5]), { transposeA: true })).toThrow(
      refusal("ShapeError", "matmul: inner dimensions differ, got [2, 3] and [3, 5] with a transposed, expected 2 = 3"),
    );
  });

  it("matmul(a, b) refuses vectors, leading axes that do not broadcast, and integers", () => {
    expect(() => product([3], [3, 4])).toThrow(
      refusal("ShapeError", "matmul: operands must be matrices, got [3] and [3, 4], expected at least 2 axes each"),
    );
    expect(() => product([2, 2, 3], [3, 3, 4])).toThrow(
      refusal(
        "ShapeError",
        "matmul over leading axes: shapes do not broadcast, got [2] and [3], expected axis 0 to be equal or 1",
      ),
    );
    expect(() => matmul(zeros([2, 3]), full([3, 4], 1, "int32"))).toThrow(
      refusal("DTypeError", "matmul: b has the wrong dtype, got int32, expected float32"),
    );
  });
});
