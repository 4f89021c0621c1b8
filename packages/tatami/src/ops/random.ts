// Random tensors from explicit keys: a key is [seed, stream, step] as int32 [3], and the same key gives the same values.
// The generator, Philox4x32-10 (Salmon et al. 2011), is the backends' business.
import type { Op } from "../graph/node.ts";
import { apply, expectDType, type Tensor } from "../graph/tensor.ts";
import { OptionError } from "../shape/errors.ts";
import { checkShape, type Shape, type TensorType } from "../shape/shape.ts";
import { mul } from "./arithmetic.ts";
import { greaterEqual } from "./comparison.ts";
import { expectShape } from "./expectations.ts";
import { tensor } from "./leaf.ts";

function expectKey(op: string, key: TensorType): void {
  expectDType(op, "key", key.dtype, "int32");
  expectShape(op, "key", key.shape, [3]);
}

/**
 * A key of its own for each (seed, stream, step).
 * @param seed integer from 0 to 2³² − 1, as the others
 * @param stream tells uses of one seed apart (initial values, dropout, …), default 0
 * @param step counts within a stream, default 0
 * @returns int32 [3]
 * @throws OptionError for anything but integers in that range
 */
export function randomKey(seed: number, stream = 0, step = 0): Tensor {
  for (const [option, value] of Object.entries({ seed, stream, step })) {
    if (value !== value >>> 0) {
      throw new OptionError(
        `randomKey: ${option} is out of range, got ${value}, expected an integer from 0 to 4294967295`,
        option,
        value,
      );
    }
  }
  return tensor(Int32Array.of(seed, stream, step));
}

export const nextKeyOp: Op<"nextKey", null> = {
  name: "nextKey",
  infer: ([key]) => {
    expectKey("nextKey", key!);
    return key!;
  },
  vjp: { none: "integers have no gradient" },
};

/**
 * The key of the next step: [seed, stream, step + 1].
 * @param key int32 [3]
 */
export function nextKey(key: Tensor): Tensor {
  return apply(nextKeyOp, [key], null);
}

export interface RandomAttributes {
  readonly shape: Shape;
  /** uniform in [low, low + spread), or normal with mean `low` and standard deviation `spread` */
  readonly distribution: "uniform" | "normal";
  readonly low: number;
  readonly spread: number;
}

export const randomOp: Op<"random", RandomAttributes> = {
  name: "random",
  infer: ([key], { shape, distribution }) => {
    expectKey(distribution, key!);
    checkShape(distribution, shape);
    return { shape, dtype: "float32" };
  },
  vjp: { none: "random values do not depend on a tensor" },
};

export interface UniformOptions {
  /** default 0 */
  low?: number | undefined;
  /** default 1 */
  high?: number | undefined;
}

/**
 * Uniform values in [low, high), by default in [0, 1).
 * @param key int32 [3], see randomKey
 * @throws OptionError unless low ≤ high
 */
export function uniform(shape: Shape, key: Tensor, options: UniformOptions = {}): Tensor {
  const { low = 0, high = 1 } = options;
  if (!(low <= high)) {
    throw new OptionError(
      `uniform: limits are crossed, got low ${low} and high ${high}, expected low <= high`,
      "low",
      low,
    );
  }
  return apply(randomOp, [key], { shape: [...shape], distribution: "uniform", low, spread: high - low });
}

export interface NormalOptions {
  /** default 0 */
  mean?: number | undefined;
  /** standard deviation, ≥ 0; default 1 */
  std?: number | undefined;
}

/**
 * Normal values, by default with mean 0 and standard deviation 1.
 * @param key int32 [3], see randomKey
 * @throws OptionError for a negative std
 */
export function normal(shape: Shape, key: Tensor, options: NormalOptions = {}): Tensor {
  const { mean = 0, std = 1 } = options;
  if (!(std >= 0)) {
    throw new OptionError(`normal: std is out of range, got ${std}, expected at least 0`, "std", std);
  }
  return apply(randomOp, [key], { shape: [...shape], distribution: "normal", low: mean, spread: std });
}

/**
 * Sets elements to 0 with probability `rate` and divides the others by 1 − rate, so that the mean stays
 * (Srivastava et al. 2014, inverted).
 * @param x float32, any shape
 * @param rate probability in [0, 1)
 * @param key int32 [3], see randomKey
 * @throws OptionError for a rate outside [0, 1)
 */
export function dropout(x: Tensor, rate: number, key: Tensor): Tensor {
  if (!(rate >= 0 && rate < 1)) {
    throw new OptionError(`dropout: rate is out of range, got ${rate}, expected a probability in [0, 1)`, "rate", rate);
  }
  if (rate === 0) return x;
  return mul(x, mul(greaterEqual(uniform(x.shape, key), rate), 1 / (1 - rate)));
}
