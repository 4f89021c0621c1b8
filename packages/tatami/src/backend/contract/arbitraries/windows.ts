// Random calls of the kernels with a window: columns, convolutions, pools.
import fc from "fast-check";
import { opcode } from "../../../program/elementwise.ts";
import { toColumns, toImage } from "../cases/columns.ts";
import { filterGradient, filterGradientAt, forward, inputGradient, pooling } from "../cases/convolution.ts";
import { activations } from "../cases/matmul.ts";
import { avgPool, avgPoolGradient, maxPool } from "../cases/pooling.ts";
import type { ContractArbitraries } from "../contract-case.ts";
import { integers, normals } from "../values.ts";
import { poolingFields, poolingSizes } from "../windows.ts";
import { convolutions, flags, pools, seeds, sizes, windows } from "./shapes.ts";

type Name =
  | "im2col"
  | "col2im"
  | "conv2d"
  | "conv2dInputGradient"
  | "conv2dFilterGradient"
  | "conv2dFilterGradientAt"
  | "maxPool2d"
  | "avgPool2d"
  | "avgPool2dGradient";

const patches = fc
  .record({ window: windows, batch: fc.integer({ min: 1, max: 3 }), channels: sizes(9) })
  .map(({ window, ...fields }) => ({ ...window, ...fields }));

/** what of a max pool is asked for */
const wanted = fc.constantFrom("both", "values", "indices");

function withWanted<Call extends { indices: unknown }, Values extends keyof Call>(
  call: Call,
  values: Values,
  which: "both" | "values" | "indices",
): Call {
  if (which === "both") return call;
  return { ...call, [which === "indices" ? values : "indices"]: null };
}

const poolsBehind = fc.record({
  kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  stride: fc.constantFrom(1, 2, 2, 3),
  padded: fc.boolean(),
  wanted,
});

export const windowArbitraries: ContractArbitraries<Name> = {
  im2col: patches.map((shape) => toColumns(shape)),
  col2im: fc.tuple(patches, seeds).map(([shape, seed]) => {
    const call = toImage(shape);
    return { ...call, x: normals(call.x.length, seed) };
  }),
  conv2d: fc
    .tuple(convolutions, fc.boolean(), fc.constantFrom(...activations), fc.option(poolsBehind), seeds)
    .map(([shape, biased, activation, pool, seed]) => {
      const call = {
        ...forward(shape, { seed }),
        bias: biased ? normals(shape.outChannels ?? 1, seed + 3) : null,
        activation: opcode(activation),
        activationParameter: 0.1,
      };
      if (pool === null) return call;
      const sizes = [call.outHeight, call.outWidth];
      const kernel = pool.kernel.map((length, axis) => Math.min(length, sizes[axis])) as [number, number];
      const padding = kernel.map((length) => (pool.padded ? length >> 1 : 0)) as [number, number];
      return withWanted(pooling(call, { kernel, stride: pool.stride, padding }), "pooled", pool.wanted);
    }),
  conv2dInputGradient: fc.tuple(convolutions, fc.boolean(), seeds).map(([shape, masked, seed]) => {
    const call = inputGradient(shape, { seed });
    return masked ? { ...call, mask: normals(call.out.length, seed + 3) } : call;
  }),
  conv2dFilterGradient: fc.tuple(convolutions, fc.boolean(), seeds).map(([shape, more, seed]) => {
    const call = filterGradient(shape, { seed });
    return more ? { ...call, out: normals(call.out.length, seed + 3), accumulate: 1 } : call;
  }),
  conv2dFilterGradientAt: fc.tuple(convolutions, sizes(20), fc.boolean(), seeds).map(([shape, places, more, seed]) => {
    const call = filterGradientAt(shape, places, { seed });
    return more ? { ...call, out: normals(call.out.length, seed + 3), accumulate: 1 } : call;
  }),
  maxPool2d: fc.tuple(pools, wanted, seeds).map(([shape, wanted, seed]) => {
    // few different numbers, so that there are ties
    const call = maxPool(shape, Float32Array.from(integers(poolingSizes(poolingFields(shape)).x, 7, seed)));
    return withWanted(call, "out", wanted);
  }),
  avgPool2d: fc
    .tuple(pools, flags, seeds)
    .map(([shape, countPadding, seed]) =>
      avgPool(shape, normals(poolingSizes(poolingFields(shape)).x, seed), countPadding),
    ),
  avgPool2dGradient: fc
    .tuple(pools, flags, seeds)
    .map(([shape, countPadding, seed]) =>
      avgPoolGradient(shape, normals(poolingSizes(poolingFields(shape)).out, seed), countPadding),
    ),
};
