// Reads what fixtures/generate.py wrote, for the tests here and in optim/. Not part of the library.
import { readFileSync } from "node:fs";
import { Storage } from "../graph/storage.ts";
import type { Tensor } from "../graph/tensor.ts";
import { stored } from "../ops/index.ts";
import { type DType, type TypedArray, typedArray } from "../shape/dtype.ts";
import { sameShape } from "../shape/shape.ts";
import type { StateEntry } from "./state-dict.ts";

export interface FixtureArray {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: readonly number[];
}

/** The content of fixtures/`name`.json; that it is a `T` is generate.py's promise. */
export function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../fixtures/${name}.json`, import.meta.url), "utf8")) as T;
}

export function entryOf({ shape, dtype, values }: FixtureArray): StateEntry {
  const array = typedArray(dtype, values.length);
  array.set(values);
  return { shape, dtype, values: array };
}

export function tensorOf(fixture: FixtureArray): Tensor {
  const { shape, dtype, values } = entryOf(fixture);
  return stored(new Storage(shape, dtype, values));
}

/** The largest difference, relative to the largest expected magnitude; infinite for another shape or a NaN. */
export async function deviation(found: Tensor, expected: FixtureArray): Promise<number> {
  if (!sameShape(found.shape, expected.shape)) return Number.POSITIVE_INFINITY;
  const values: TypedArray = await found.data();
  let largest = Number.MIN_VALUE;
  let off = 0;
  expected.values.forEach((value, index) => {
    const difference = Math.abs(value - values[index]);
    largest = Math.max(largest, Math.abs(value));
    off = Math.max(off, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  });
  return off / largest;
}
