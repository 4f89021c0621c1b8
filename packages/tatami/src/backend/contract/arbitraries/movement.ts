// Random calls of copy, fill, cast, reduce and argMax.
import fc from "fast-check";
import { reducedShape, sizeOf, stridesOf } from "../../../shape/shape.ts";
import type { ContractArbitraries } from "../contract-case.ts";
import { blank, blankInts, integers, normals, wordsOf } from "../values.ts";
import { flags, seeds, shapes, sizes } from "./shapes.ts";

type Name = "copy" | "fill" | "cast" | "reduce" | "argMax";

/** A block of a larger array, written to another block of a larger array with its axes in another order, some reversed. */
const copies = shapes()
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      order: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length, maxLength: shape.length }),
      reversed: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
      margin: fc.nat(2),
      seed: seeds,
    }),
  )
  .map(({ shape, order, reversed, margin, seed }) => {
    const source = order.map((axis) => shape[axis] + margin);
    const target = shape.map((length) => length + margin);
    const sourceStrides = stridesOf(source);
    const steps = shape.map((_, axis) => sourceStrides[order.indexOf(axis)]);
    let xOffset = 0;
    shape.forEach((length, axis) => {
      if (reversed[axis]) xOffset += (length - 1) * steps[axis];
    });
    return {
      x: wordsOf(normals(sizeOf(source), seed)),
      out: blankInts(sizeOf(target)),
      shape,
      xStrides: steps.map((stride, axis) => (reversed[axis] ? -stride : stride)),
      outStrides: stridesOf(target),
      xOffset,
      outOffset:
        sizeOf(target) - 1 - stridesOf(target).reduce((end, stride, axis) => end + stride * (shape[axis] - 1), 0),
    };
  });

export const movementArbitraries: ContractArbitraries<Name> = {
  copy: copies,
  fill: fc
    .record({ count: sizes(200), bits: fc.integer() })
    .map(({ count, bits }) => ({ out: blankInts(count + 3), count, bits })),
  cast: fc.record({ count: sizes(200), toFloat: flags, seed: seeds }).map(({ count, toFloat, seed }) => ({
    x: toFloat === 1 ? integers(count, 2 ** 31, seed) : wordsOf(normals(count, seed, { std: 1000 })),
    out: blankInts(count),
    count,
    toFloat,
  })),
  reduce: fc
    .record({
      shape: fc.oneof(shapes({ minRank: 1, maxLength: 5 }), fc.tuple(sizes(67), sizes(67)), fc.tuple(sizes(67))),
      firstReduced: flags,
      operation: fc.constantFrom(0, 1, 2),
      scale: fc.constantFrom(1, 0.25),
      more: flags,
      seed: seeds,
    })
    .map(({ shape, firstReduced, operation, scale, more, seed }) => {
      const reduced = [...shape.keys()].filter((axis) => axis % 2 === 1 - firstReduced);
      const x = normals(sizeOf(shape), seed);
      const count = sizeOf(reducedShape(shape, reduced, false));
      const accumulate = operation === 0 ? more : 0;
      const out = accumulate === 1 ? normals(count, seed + 1) : blank(count);
      return { x, out, shape, firstReduced, operation, scale, accumulate };
    }),
  argMax: fc
    .record({ outer: sizes(9), length: sizes(33), inner: sizes(9), seed: seeds })
    // few different numbers, so that there are ties
    .map(({ outer, length, inner, seed }) => ({
      x: Float32Array.from(integers(outer * length * inner, 5, seed)),
      out: blankInts(outer * inner),
      outer,
      length,
      inner,
    })),
};
