// Gradients where finite differences cannot see them: at kinks and ties, held to the values PyTorch gives.
import { describe, expect, it } from "vitest";
import "../devices.ts";
import { gradients } from "../autodiff/gradients.ts";
import type { Tensor } from "../graph/tensor.ts";
import { dataOf } from "../tensor/compute.ts";
import * as ops from "./index.ts";

/** The gradients of Σ f at `values`, one list per input. */
async function slopes(f: (...xs: Tensor[]) => Tensor, ...values: ops.NestedArray[]): Promise<number[][]> {
  const xs = values.map((value) => ops.tensor(value));
  const found = gradients(ops.sum(f(...xs)), xs);
  return Promise.all(found.map(async (g) => [...(await dataOf(g, { backend: "reference" }))]));
}

describe("gradients at kinks", () => {
  it("relu, abs and sign: 0 at 0", async () => {
    expect(await slopes(ops.relu, [-1, 0, 2])).toEqual([[0, 0, 1]]);
    expect(await slopes(ops.abs, [-1, 0, 2])).toEqual([[-1, 0, 1]]);
    expect(await slopes(ops.sign, [-1, 0, 2])).toEqual([[0, 0, 0]]);
  });

  it("leakyRelu and elu: the left slope at 0", async () => {
    expect(await slopes((x) => ops.leakyRelu(x!, 0.25), [-1, 0, 2])).toEqual([[0.25, 0.25, 1]]);
    expect(await slopes((x) => ops.elu(x!, 0.5), [0, 2])).toEqual([[0.5, 1]]);
  });

  it("clip: 1 at the limits", async () => {
    expect(await slopes((x) => ops.clip(x!, -1, 1), [-2, -1, 0, 1, 2])).toEqual([[0, 1, 1, 1, 0]]);
  });

  it("pow: 0 for an exponent of 0 and at a base of 0", async () => {
    expect(await slopes(ops.pow, [0, 0, 2], [0, 2, 0])).toEqual([
      [0, 0, 0],
      [0, 0, Math.fround(Math.log(2))],
    ]);
  });
});

describe("gradients at ties", () => {
  it("maximum and minimum: half each", async () => {
    const [a, b] = [
      [1, 2, 3],
      [2, 2, 2],
    ];
    expect(await slopes(ops.maximum, a!, b!)).toEqual([
      [0, 0.5, 1],
      [1, 0.5, 0],
    ]);
    expect(await slopes(ops.minimum, a!, b!)).toEqual([
      [1, 0.5, 0],
      [0, 0.5, 1],
    ]);
  });

  it("max and min: shared evenly", async () => {
    expect(await slopes((x) => ops.max(x!), [3, 1, 3])).toEqual([[0.5, 0, 0.5]]);
    expect(
      await slopes(
        (x) => ops.min(x!, 0),
        [
          [1, 2],
          [1, 0],
        ],
      ),
    ).toEqual([[0.5, 0, 0.5, 1]]);
  });

  it("maxPool2d: the first of equals", async () => {
    expect(
      await slopes(
        (x) => ops.maxPool2d(x!, 2),
        [
          [
            [
              [1, 5],
              [5, 5],
            ],
          ],
        ],
      ),
    ).toEqual([[0, 1, 0, 0]]);
  });
});
