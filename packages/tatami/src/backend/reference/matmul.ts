// The matrix product, by its definition.
import type { Arguments } from "./arguments.ts";
import { elementwiseFunctions } from "./elementwise.ts";

/** out[i, j] = activation(Σₚ a[i, p] b[p, j] + bias[j]) */
export function matmul(call: Arguments<"matmul">): void {
  const { a, b, bias, out, batch, m, n, k, transposeA, transposeB, aStride } = call;
  const activation = elementwiseFunctions[call.activation];
  const aRow = transposeA === 1 ? 1 : aStride;
  const aColumn = transposeA === 1 ? aStride : 1;
  const bRow = transposeB === 1 ? 1 : n;
  const bColumn = transposeB === 1 ? k : 1;
  for (let matrix = 0; matrix < batch; matrix++) {
    const aFirst = matrix * call.aBatchStride;
    const bFirst = matrix * call.bBatchStride;
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = bias === null ? 0 : bias[j];
        for (let p = 0; p < k; p++) sum += a[aFirst + i * aRow + p * aColumn] * b[bFirst + p * bRow + j * bColumn];
        out[(matrix * m + i) * n + j] = activation(sum, call.activationParameter, 0, 0);
      }
    }
  }
}
