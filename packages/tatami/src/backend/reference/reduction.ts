// Kernels that make one number of many: reduce (sum, max, min) and argMax. NaN wins every max and min.
import type { Arguments } from "./arguments.ts";
import { Scratch } from "./scratch.ts";
import { advance, start } from "./strides.ts";

type Combine = (total: number, x: number) => number;

/** By the number of the operation: sum, max, min. The neutral elements are the results over nothing. */
const operations: readonly { readonly combine: Combine; readonly neutral: number }[] = [
  { combine: (total, x) => total + x, neutral: 0 },
  { combine: Math.max, neutral: Number.NEGATIVE_INFINITY },
  { combine: Math.min, neutral: Number.POSITIVE_INFINITY },
];

const index: number[] = [];
const totals = new Scratch();

export function reduce({ x, out, shape, firstReduced, operation, scale, accumulate }: Arguments<"reduce">): void {
  const firstKept = firstReduced === 1 ? 1 : 0;
  const { combine, neutral } = operations[operation];
  let size = 1;
  let outSize = 1;
  for (let axis = 0; axis < shape.length; axis++) {
    size *= shape[axis];
    if (axis % 2 === firstKept) outSize *= shape[axis];
  }

  const total = totals.filled(outSize, neutral);
  start(index, shape.length);
  for (let element = 0; element < size; element++) {
    let kept = 0;
    for (let axis = firstKept; axis < shape.length; axis += 2) kept = kept * shape[axis] + index[axis];
    total[kept] = combine(total[kept], x[element]);
    advance(index, shape);
  }
  for (let kept = 0; kept < outSize; kept++) out[kept] = (accumulate === 1 ? out[kept] : 0) + scale * total[kept];
}

/** The first of equals, or the first NaN, wins. */
export function argMax({ x, out, outer, length, inner }: Arguments<"argMax">): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let best = 0;
      for (let j = 1; j < length; j++) {
        if (wins(x[(o * length + j) * inner + i], x[(o * length + best) * inner + i])) best = j;
      }
      out[o * inner + i] = best;
    }
  }
}

/** Whether a later value takes the place of the best so far. */
export function wins(later: number, best: number): boolean {
  return later > best || (Number.isNaN(later) && !Number.isNaN(best));
}
