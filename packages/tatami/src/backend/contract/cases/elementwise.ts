// Cases of `fused`: every elementwise function, special values, and programs of several instructions.
import {
  type ElementwiseName,
  elementwiseNames,
  elementwiseTable,
  maximumRegisters,
  opcode,
} from "../../../program/elementwise.ts";
import { stridesOf } from "../../../shape/shape.ts";
import type { Arguments } from "../../reference/arguments.ts";
import type { ContractCase, ContractCases } from "../contract-case.ts";
import { exact } from "../tolerance.ts";
import { blank, constant, counted, floats, normals } from "../values.ts";

/** One instruction: register `target` becomes the function of the operand registers. */
export function instruction(name: ElementwiseName, target: number, ...operands: number[]): number[] {
  const [a, b = a, c = a, d = a] = operands;
  return [opcode(name), target, a, b, c, d];
}

/** One function of vectors of one length. */
export function apply(name: ElementwiseName, inputs: readonly Float32Array[]): Arguments<"fused"> {
  const { length } = inputs[0];
  return {
    inputs,
    outputs: [blank(length)],
    shape: [length],
    strides: inputs.map(() => 1),
    constants: [],
    code: instruction(name, inputs.length, ...inputs.keys()),
    results: [inputs.length],
    registers: inputs.length + 1,
  };
}

/** Functions of positive numbers only. */
const positive: readonly ElementwiseName[] = ["log", "sqrt", "rsqrt", "pow"];

/** Operands over the useful range of the function; 67 leaves a rest for every vector width. */
export function operandsOf(name: ElementwiseName, seed: number, length = 67): Float32Array[] {
  if (name === "clip") return [normals(length, seed), constant(length, -0.5), constant(length, 0.75)];
  return Array.from({ length: elementwiseTable[name] }, (_, operand) => {
    const values = normals(length, seed + operand, { std: 3 });
    if (name === "where" && operand === 0) return values.map((x) => (x > 0 ? 1 : 0));
    if (name === "log1p") return values.map((x) => Math.abs(x) - 0.5);
    return positive.includes(name) && operand === 0 ? values.map(Math.abs) : values;
  });
}

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

const special: readonly [ElementwiseName, Float32Array[], Float32Array][] = [
  ["relu", [floats(-1, 0, 2, nan, infinity, -infinity)], floats(0, 0, 2, nan, infinity, 0)],
  ["sign", [floats(-3, 0, 2, nan)], floats(-1, 0, 1, nan)],
  ["exp", [floats(0, 100, -200, infinity, -infinity, nan)], floats(1, infinity, 0, infinity, 0, nan)],
  ["log", [floats(1, 0, -1, infinity)], floats(0, -infinity, nan, infinity)],
  ["sqrt", [floats(4, 0, -1, infinity)], floats(2, 0, nan, infinity)],
  ["rsqrt", [floats(4, 0, infinity)], floats(0.5, infinity, 0)],
  ["reciprocal", [floats(4, 0, infinity, nan)], floats(0.25, infinity, 0, nan)],
  ["sigmoid", [floats(0, 200, -200, nan)], floats(0.5, 1, 0, nan)],
  ["tanh", [floats(0, 50, -50, nan)], floats(0, 1, -1, nan)],
  ["softplus", [floats(200, -200, nan)], floats(200, 0, nan)],
  ["erf", [floats(0, 10, -10, nan)], floats(0, 1, -1, nan)],
  ["pow", [floats(2, 0, -2, 1, 9, 2), floats(10, 0, 3, nan, 0.5, -1)], floats(1024, 1, -8, 1, 3, 0.5)],
  ["maximum", [floats(1, nan, 1, -infinity), floats(2, 1, nan, 5)], floats(2, nan, nan, 5)],
  ["minimum", [floats(1, nan, 1, -infinity), floats(2, 1, nan, 5)], floats(1, nan, nan, -infinity)],
  ["equal", [floats(1, 2, nan), floats(1, 3, nan)], floats(1, 0, 0)],
  ["notEqual", [floats(1, 2, nan), floats(1, 3, nan)], floats(0, 1, 1)],
  ["less", [floats(1, 2, nan), floats(2, 2, 1)], floats(1, 0, 0)],
  ["greaterEqual", [floats(1, 2, nan), floats(2, 2, 1)], floats(0, 1, 0)],
  ["leakyRelu", [floats(-2, 3, nan), constant(3, 0.5)], floats(-1, 3, nan)],
  ["elu", [floats(-200, 3, nan), constant(3, 2)], floats(-2, 3, nan)],
  ["mulAdd", [floats(2, 0, infinity), floats(3, 5, 1), floats(4, -1, nan)], floats(10, -1, nan)],
  ["twoProducts", [floats(2, 1), floats(3, nan), floats(4, 0), floats(5, 1)], floats(26, nan)],
  ["subProduct", [floats(10, 1), floats(2, 0), floats(3, infinity)], floats(4, nan)],
  ["addMul", [floats(1, 2), floats(3, -2), floats(5, 7)], floats(20, 0)],
  ["subMul", [floats(1, 2), floats(3, -2), floats(5, 7)], floats(-10, 28)],
  ["mulMul", [floats(2, 1), floats(3, 2), floats(5, nan)], floats(30, nan)],
  ["greaterMul", [floats(1, 1, nan, 2), floats(0, 1, 0, 1), floats(5, 6, 7, nan)], floats(5, 0, 0, nan)],
  ["productAndSquare", [floats(2, 1), floats(3, nan), floats(4, 0), floats(5, 1)], floats(86, nan)],
  ["subQuotient", [floats(10, 1, 2), floats(6, 0, 1), floats(3, 0, 0), floats(2, 1, 1)], floats(6, nan, -infinity)],
  ["rootMulAdd", [floats(9, -1, 0), floats(2, 1, infinity), floats(4, 0, 1)], floats(10, nan, nan)],
  ["rootAddMul", [floats(9, -1, infinity), floats(2, 1, 1), floats(4, 0, 1)], floats(20, nan, infinity)],
  ["where", [floats(1, 0, 1, 0), floats(1, 2, nan, nan), floats(5, 6, 7, 8)], floats(1, 6, nan, 8)],
  ["clip", [floats(-9, 0, 9, nan), constant(4, -1), constant(4, 1)], floats(-1, 0, 1, nan)],
];

const tiny = floats(1e-30, -1e-12, 1e-5, -3e-4, 0.01);

const eachFunction = elementwiseNames.map(
  (name): ContractCase<"fused"> => ({ title: `computes ${name}`, call: apply(name, operandsOf(name, 1)) }),
);

const specialValues = special.map(
  ([name, inputs, golden]): ContractCase<"fused"> => ({
    title: `gives the limits of ${name} and lets NaN through`,
    call: apply(name, inputs),
    golden: [golden],
  }),
);

const smallValues = (["expm1", "log1p", "erf", "tanh"] as const).map(
  (name): ContractCase<"fused"> => ({
    title: `keeps ${name} of tiny numbers precise`,
    call: apply(name, [tiny]),
    tolerance: { relative: 2e-6, scale: 0 },
  }),
);

const rankSix = [2, 1, 3, 2, 1, 2];
const inPlace = normals(19, 5);

/** x₀ + c₀, x₀ + c₁, … each into its own output, with as many registers as there may be */
const manyOutputs = Array.from({ length: (maximumRegisters - 2) / 2 }, (_, index) => index);

export const elementwiseCases: ContractCases<"fused"> = {
  fused: [
    ...eachFunction,
    ...specialValues,
    ...smallValues,
    {
      title: "runs instructions in order and broadcasts stride 0: relu(x · row + column) and the sum before it",
      call: {
        inputs: [counted(6, -3), floats(1, 2, 3), floats(0.5, -1)],
        outputs: [blank(6), blank(6)],
        shape: [2, 3],
        strides: [3, 1, 0, 1, 1, 0],
        constants: [],
        code: [...instruction("mul", 3, 0, 1), ...instruction("add", 3, 3, 2), ...instruction("relu", 4, 3)],
        results: [4, 3],
        registers: 5,
      },
      golden: [floats(0, 0, 0, 0, 1, 5), floats(-2.5, -3.5, -2.5, -1, 1, 5)],
    },
    {
      title: "puts constants after the inputs",
      call: {
        inputs: [counted(5)],
        outputs: [blank(5)],
        shape: [5],
        strides: [1],
        constants: [10, 0.5],
        code: [...instruction("mul", 3, 0, 1), ...instruction("sub", 3, 3, 2)],
        results: [3],
        registers: 4,
      },
      golden: [floats(9.5, 19.5, 29.5, 39.5, 49.5)],
    },
    {
      title: "writes an input or a constant straight to an output",
      call: {
        inputs: [counted(3)],
        outputs: [blank(3), blank(3)],
        shape: [3],
        strides: [1],
        constants: [4],
        code: [],
        results: [1, 0],
        registers: 2,
      },
      golden: [floats(4, 4, 4), floats(1, 2, 3)],
    },
    {
      title: "fills a whole output from inputs that are all broadcast",
      call: { ...apply("add", [floats(2), floats(3)]), outputs: [blank(12)], shape: [3, 4], strides: [0, 0, 0, 0] },
      golden: [constant(12, 5)],
    },
    {
      title: "reads a transposed input",
      call: { ...apply("negate", [counted(6)]), outputs: [blank(6)], shape: [3, 2], strides: [1, 3] },
      golden: [floats(-1, -4, -2, -5, -3, -6)],
    },
    {
      title: "takes a scalar, the shape of no axes",
      call: { ...apply("square", [floats(3)]), shape: [], strides: [] },
      golden: [floats(9)],
    },
    {
      title: "takes six axes",
      call: {
        ...apply("mul", [normals(24, 3), normals(12, 4)]),
        outputs: [blank(24)],
        shape: rankSix,
        strides: [...stridesOf(rankSix), 0, ...stridesOf(rankSix.slice(1))],
      },
    },
    {
      title: "updates its input in place",
      call: { ...apply("exp", [inPlace]), outputs: [inPlace] },
      golden: [inPlace.map(Math.exp)],
    },
    {
      title: `has room for ${maximumRegisters} registers`,
      call: {
        inputs: [counted(5)],
        outputs: manyOutputs.map(() => blank(5)),
        shape: [5],
        strides: [1],
        constants: manyOutputs.map((index) => 100 * index),
        code: manyOutputs.flatMap((index) => instruction("add", 1 + manyOutputs.length + index, 0, 1 + index)),
        results: manyOutputs.map((index) => 1 + manyOutputs.length + index),
        registers: 1 + 2 * manyOutputs.length,
      },
      golden: manyOutputs.map((index) => counted(5, 1 + 100 * index)),
      tolerance: exact,
    },
    {
      title: "leaves everything alone over nothing",
      call: { ...apply("exp", [floats()]), outputs: [blank(0)], shape: [3, 0], strides: [0, 1] },
      golden: [floats()],
    },
  ],
};
