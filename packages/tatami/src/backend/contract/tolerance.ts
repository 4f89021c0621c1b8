// How far a backend may be from the reference, kernel by kernel, and the comparison.
import { type KernelName, reads } from "../../program/kernel-table.ts";
import type { TypedArray } from "../../shape/dtype.ts";
import type { Arguments } from "../reference/arguments.ts";
import { ReferenceBackend } from "../reference/backend.ts";
import { mapBuffers } from "./contract-case.ts";
import { execute } from "./execution.ts";

/**
 * |found − expected| ≤ relative · max(|expected|, scale). The scale "magnitude" is for sums of products, where terms may
 * cancel: the largest output of the same call on the absolute values of its inputs.
 */
export interface Tolerance {
  readonly relative: number;
  readonly scale: number | "magnitude";
}

export const exact: Tolerance = { relative: 0, scale: 0 };
const sum: Tolerance = { relative: 2e-6, scale: "magnitude" };
const product: Tolerance = { relative: 1e-5, scale: "magnitude" };
/** for convolutions that may regroup their products: Winograd adds and subtracts pixels before it multiplies */
const regrouped: Tolerance = { relative: 5e-5, scale: "magnitude" };
const elementwise: Tolerance = { relative: 2e-6, scale: 0.1 };
const probability: Tolerance = { relative: 2e-6, scale: 1 };

/** Integers are always compared exactly. */
export const tolerances: { readonly [Name in KernelName]: Tolerance } = {
  fused: elementwise,
  copy: exact,
  fill: exact,
  cast: exact,
  reduce: sum,
  argMax: exact,
  matmul: product,
  im2col: exact,
  col2im: sum,
  conv2d: product,
  conv2dInputGradient: product,
  conv2dFilterGradient: product,
  conv2dFilterGradientAt: product,
  maxPool2d: exact,
  avgPool2d: sum,
  avgPool2dGradient: sum,
  takeAlong: exact,
  addAlong: sum,
  gather: exact,
  scatterAdd: sum,
  oneHot: exact,
  softmax: probability,
  crossEntropy: probability,
  random: probability,
  nextKey: exact,
  guard: exact,
};

/** The tolerance of one call: uniform numbers are exact by convention, normal ones are not. */
export function toleranceOf(kernel: KernelName, call: Arguments<KernelName>): Tolerance {
  if (kernel === "random" && (call as Arguments<"random">).distribution === 0) return exact;
  return "exact" in call && call.exact === 0 ? regrouped : tolerances[kernel];
}

/** The scale of `tolerance` for this call, as a number. */
export async function scaleOf(tolerance: Tolerance, kernel: KernelName, call: Arguments<KernelName>): Promise<number> {
  if (tolerance.scale !== "magnitude") return tolerance.scale;
  const absolute = mapBuffers(kernel, call, (array, kind) =>
    array instanceof Float32Array && reads(kind) ? array.map(Math.abs) : array.slice(),
  );
  const linear = "activation" in call ? { ...absolute, activation: 0 } : absolute;
  const { written } = await execute(new ReferenceBackend(), kernel, linear as unknown as typeof call, "external");
  let largest = 0;
  for (const array of written) {
    if (array instanceof Float32Array) for (const value of array) largest = Math.max(largest, Math.abs(value));
  }
  return largest;
}

/** What is wrong with `found`, or null. NaN and infinities must be where they are expected. */
export function difference(found: TypedArray, expected: TypedArray, relative: number, scale: number): string | null {
  if (found.length !== expected.length) return `length: got ${found.length}, expected ${expected.length}`;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(found[i] - expected[i]);
    const same = Object.is(found[i], expected[i]) || found[i] === expected[i];
    const allowed = expected instanceof Int32Array ? 0 : relative * Math.max(Math.abs(expected[i]), scale);
    const close = Number.isFinite(expected[i]) && error <= allowed;
    if (!same && !close) return `element ${i}: got ${found[i]}, expected ${expected[i]} within ${allowed}`;
  }
  return null;
}
