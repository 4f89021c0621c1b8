// Softmax and cross-entropy over rows. The row's maximum is subtracted first, which changes nothing mathematically and
// keeps exp from overflowing; a NaN in a row makes the whole row NaN.
import type { Arguments } from "./arguments.ts";

function maximumOf(x: Float32Array, first: number, columns: number): number {
  let maximum = Number.NEGATIVE_INFINITY;
  for (let column = 0; column < columns; column++) maximum = Math.max(maximum, x[first + column]);
  return maximum;
}

/** Σ exp(x − maximum) over a row */
function sumOfPowers(x: Float32Array, first: number, columns: number, maximum: number): number {
  let sum = 0;
  for (let column = 0; column < columns; column++) sum += Math.exp(x[first + column] - maximum);
  return sum;
}

/** softmax(x)ⱼ = exp(xⱼ − max) / Σ exp(xₖ − max); log softmax(x)ⱼ = xⱼ − max − log Σ exp(xₖ − max) */
export function softmax({ x, out, rows, columns, log }: Arguments<"softmax">): void {
  for (let row = 0; row < rows; row++) {
    const first = row * columns;
    const maximum = maximumOf(x, first, columns);
    const sum = sumOfPowers(x, first, columns, maximum);
    for (let j = first; j < first + columns; j++) {
      out[j] = log === 1 ? x[j] - maximum - Math.log(sum) : Math.exp(x[j] - maximum) / sum;
    }
  }
}

/** −log softmax(x)[label] = log Σ exp(xₖ − max) − (x[label] − max) */
export function crossEntropy({ logits, labels, out, rows, columns }: Arguments<"crossEntropy">): void {
  for (let row = 0; row < rows; row++) {
    const first = row * columns;
    const label = labels[row];
    if (label < 0 || label >= columns) {
      out[row] = Number.NaN;
      continue;
    }
    const maximum = maximumOf(logits, first, columns);
    out[row] = Math.log(sumOfPowers(logits, first, columns, maximum)) - (logits[first + label] - maximum);
  }
}
