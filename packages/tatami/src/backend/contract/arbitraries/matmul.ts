// Random calls of matmul: sizes from 1 to 70, transposes, shared matrices, bias and activations.
import fc from "fast-check";
import { opcode } from "../../../program/elementwise.ts";
import { activations } from "../cases/matmul.ts";
import type { ContractArbitraries } from "../contract-case.ts";
import { blank, normals } from "../values.ts";
import { flags, seeds, sizes } from "./shapes.ts";

export const matmulArbitraries: ContractArbitraries<"matmul"> = {
  matmul: fc
    .record({
      batch: fc.constantFrom(1, 1, 3),
      m: sizes(70),
      n: sizes(70),
      k: sizes(70),
      transposeA: flags,
      transposeB: flags,
      gap: fc.constantFrom(0, 0, 1, 16),
      shared: fc.constantFrom("a", "b", "neither"),
      biased: fc.boolean(),
      activation: fc.constantFrom(...activations),
      seed: seeds,
    })
    .map(({ batch, m, n, k, transposeA, transposeB, gap, shared, biased, activation, seed }) => {
      const [rows, columns] = transposeA === 1 ? [k, m] : [m, k];
      const aStride = columns + gap;
      return {
        a: normals((shared === "a" ? 1 : batch) * rows * aStride, seed),
        b: normals((shared === "b" ? 1 : batch) * k * n, seed + 1),
        bias: biased ? normals(n, seed + 2) : null,
        out: blank(batch * m * n),
        batch,
        m,
        n,
        k,
        transposeA,
        transposeB,
        aStride,
        aBatchStride: shared === "a" ? 0 : rows * aStride,
        bBatchStride: shared === "b" ? 0 : k * n,
        activation: opcode(activation),
        activationParameter: 0.1,
      };
    }),
};
