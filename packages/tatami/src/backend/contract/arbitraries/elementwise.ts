// Random calls of `fused`: programs of any functions over inputs that are broadcast along any axes.
import fc from "fast-check";
import { type ElementwiseName, elementwiseTable } from "../../../program/elementwise.ts";
import { sizeOf, stridesOf } from "../../../shape/shape.ts";
import type { Arguments } from "../../reference/arguments.ts";
import { instruction } from "../cases/elementwise.ts";
import type { ContractArbitraries } from "../contract-case.ts";
import { blank, normals } from "../values.ts";
import { seeds, shapes, sizes } from "./shapes.ts";

/** Continuous functions without a steep slope, so that one rounding does not grow into another result. */
const tame: readonly ElementwiseName[] = [
  "identity",
  "negate",
  "abs",
  "relu",
  "sigmoid",
  "tanh",
  "erf",
  "silu",
  "gelu",
  "softplus",
  "add",
  "sub",
  "maximum",
  "minimum",
  "leakyRelu",
];

/** An instruction before its operands are known: `picks` choose among the registers written so far. */
interface Step {
  readonly name: ElementwiseName;
  readonly picks: readonly number[];
}

const steps: fc.Arbitrary<Step> = fc.record({
  name: fc.constantFrom(...tame),
  picks: fc.array(fc.nat(1000), { minLength: 3, maxLength: 3 }),
});

interface FusedProgram {
  readonly shape: readonly number[];
  /** for each input, the axes along which it is repeated */
  readonly repeated: readonly (readonly boolean[])[];
  readonly constants: readonly number[];
  readonly steps: readonly Step[];
  readonly seed: number;
}

function toCall({ shape, repeated, constants, steps, seed }: FusedProgram): Arguments<"fused"> {
  const own = repeated.map((axes) => shape.map((length, axis) => (axes[axis] ? 1 : length)));
  const first = own.length + constants.length;
  const code = steps.flatMap(({ name, picks }, index) =>
    instruction(name, first + index, ...picks.slice(0, elementwiseTable[name]).map((pick) => pick % (first + index))),
  );
  const last = first + steps.length - 1;
  return {
    inputs: own.map((lengths, input) => normals(sizeOf(lengths), seed + input)),
    outputs: [blank(sizeOf(shape)), blank(sizeOf(shape))],
    shape,
    strides: own.flatMap((lengths, input) =>
      stridesOf(lengths).map((stride, axis) => (repeated[input][axis] ? 0 : stride)),
    ),
    constants,
    code,
    results: [last, Math.max(last - 1, 0)],
    registers: first + steps.length,
  };
}

const axes = fc.array(fc.boolean(), { minLength: 6, maxLength: 6 });

export const elementwiseArbitraries: ContractArbitraries<"fused"> = {
  fused: fc
    .record({
      shape: fc.oneof(
        shapes(),
        sizes(67).map((length) => [length]),
      ),
      repeated: fc.array(axes, { minLength: 1, maxLength: 4 }),
      constants: fc.array(fc.constantFrom(-1, 0.5, 2), { maxLength: 3 }),
      steps: fc.array(steps, { minLength: 1, maxLength: 8 }),
      seed: seeds,
    })
    .map(toCall),
};
