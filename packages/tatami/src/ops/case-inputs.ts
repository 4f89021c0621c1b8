// Test support: a case uses one op on drawn inputs. Values keep clear of kinks, ties and poles, so that finite
// differences with steps up to 0.04 see a smooth function.
import type { Tensor } from "../graph/tensor.ts";
import type { DType, TypedArray } from "../shape/dtype.ts";
import { type Shape, sizeOf } from "../shape/shape.ts";

/** An input to be drawn from a source of uniform numbers in [0, 1). */
export interface CaseInput {
  readonly shape: Shape;
  readonly dtype: DType;
  draw(random: () => number): TypedArray;
}

export interface Case {
  readonly name: string;
  readonly inputs: () => readonly CaseInput[];
  readonly build: (...tensors: Tensor[]) => Tensor;
  /** positions of the inputs to differentiate for; none where the op has no gradient */
  readonly differentiable: readonly number[];
}

/** A case that differentiates for all of its float32 inputs. */
export function smooth(name: string, inputs: readonly CaseInput[], build: Case["build"]): Case {
  const differentiable = inputs.flatMap(({ dtype }, index) => (dtype === "float32" ? [index] : []));
  return { name, inputs: () => inputs, build, differentiable };
}

/** A case of an op without a gradient. */
export function constant(name: string, inputs: readonly CaseInput[], build: Case["build"]): Case {
  return { name, inputs: () => inputs, build, differentiable: [] };
}

function floats(shape: Shape, element: (random: () => number) => number): CaseInput {
  const draw = (random: () => number): TypedArray =>
    Float32Array.from({ length: sizeOf(shape) }, () => element(random));
  return { shape, dtype: "float32", draw };
}

/** Uniform in [-2, 2). */
export function real(...shape: number[]): CaseInput {
  return floats(shape, (random) => 4 * random() - 2);
}

/** Uniform in [0.5, 3). */
export function positive(...shape: number[]): CaseInput {
  return floats(shape, (random) => 0.5 + 2.5 * random());
}

/** Of either sign, from 0.3 to 2 in size: for functions with a kink or a pole at 0. */
export function offZero(...shape: number[]): CaseInput {
  return floats(shape, (random) => (random() < 0.5 ? -1 : 1) * (0.3 + 1.7 * random()));
}

/** Around 0 and 0.1 apart, shuffled, so that no maximum changes hands; none is closer to 0 than 0.03. */
export function distinct(...shape: number[]): CaseInput {
  const draw = (random: () => number): TypedArray => {
    const size = sizeOf(shape);
    const values = Float32Array.from({ length: size }, (_, index) => (index - Math.floor(size / 2) + 0.3) / 10);
    for (let last = size - 1; last > 0; last--) {
      const other = Math.floor(random() * (last + 1));
      [values[last], values[other]] = [values[other]!, values[last]!];
    }
    return values;
  };
  return { shape, dtype: "float32", draw };
}

/** int32 from 0 to below - 1. */
export function indices(below: number, ...shape: number[]): CaseInput {
  const draw = (random: () => number): TypedArray =>
    Int32Array.from({ length: sizeOf(shape) }, () => Math.floor(random() * below));
  return { shape, dtype: "int32", draw };
}
