// Arrays for contract cases: random ones from a seed, counted ones for golden values, and outputs that hold rubbish.
import { Random } from "../../random/random.ts";

/** Normal numbers. */
export function normals(length: number, seed: number, { mean = 0, std = 1 } = {}): Float32Array {
  const values = new Float32Array(length);
  new Random(seed).normalInto(values, mean, std);
  return values;
}

/** Uniform integers in [0, bound). */
export function integers(length: number, bound: number, seed: number): Int32Array {
  const values = new Int32Array(length);
  new Random(seed).integersInto(values, bound);
  return values;
}

/** first, first + 1, … */
export function counted(length: number, first = 1): Float32Array {
  return Float32Array.from({ length }, (_, index) => first + index);
}

/** `length` times the same number. */
export function constant(length: number, value: number): Float32Array {
  return new Float32Array(length).fill(value);
}

export function floats(...values: number[]): Float32Array {
  return Float32Array.from(values);
}

export function ints(...values: number[]): Int32Array {
  return Int32Array.from(values);
}

/** The bits of float32 numbers, for buffers of words. */
export function wordsOf(values: ArrayLike<number>): Int32Array {
  return new Int32Array(Float32Array.from(values).buffer);
}

/** A buffer to be written, full of something no kernel would leave there. */
export function blank(length: number): Float32Array {
  return constant(length, -777);
}

export function blankInts(length: number): Int32Array {
  return new Int32Array(length).fill(-777);
}
