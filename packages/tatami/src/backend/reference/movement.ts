// Kernels that move words without computing: copy, fill and cast.
import type { Arguments } from "./arguments.ts";
import { advance, elementAt, start } from "./strides.ts";

const index: number[] = [];

export function copy({ x, out, shape, xStrides, outStrides, xOffset, outOffset }: Arguments<"copy">): void {
  let size = 1;
  for (const length of shape) size *= length;
  start(index, shape.length);
  for (let element = 0; element < size; element++) {
    out[outOffset + elementAt(index, outStrides)] = x[xOffset + elementAt(index, xStrides)];
    advance(index, shape);
  }
}

export function fill({ out, count, bits }: Arguments<"fill">): void {
  out.fill(bits, 0, count);
}

// One word, seen as either type.
const asInt = new Int32Array(1);
const asFloat = new Float32Array(asInt.buffer);

/** To int32 the fraction is dropped, what lies outside becomes the nearest int32, and NaN becomes 0. */
export function cast({ x, out, count, toFloat }: Arguments<"cast">): void {
  for (let i = 0; i < count; i++) {
    if (toFloat === 1) {
      asFloat[0] = x[i];
      out[i] = asInt[0];
    } else {
      asInt[0] = x[i];
      out[i] = Math.min(Math.max(Math.trunc(asFloat[0]), -(2 ** 31)), 2 ** 31 - 1);
    }
  }
}
