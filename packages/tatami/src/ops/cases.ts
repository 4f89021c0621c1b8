// Test support: cases for every op. An op without one does not type-check; gradients.test.ts and the finite-difference
// check of each backend go through all of them.

import { Storage } from "../graph/storage.ts";
import type { Tensor } from "../graph/tensor.ts";
import {
  type Case,
  type CaseInput,
  constant,
  distinct,
  indices,
  offZero,
  positive,
  real,
  smooth,
} from "./case-inputs.ts";
import * as windows from "./case-windows.ts";
import * as ops from "./index.ts";
import type { OpName } from "./table.ts";

export type { Case, CaseInput } from "./case-inputs.ts";

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;

const unary = (input: CaseInput, op: Unary): Case[] => [smooth("a matrix", [input], (x) => op(x!))];

const binary = (input: (...shape: number[]) => CaseInput, op: Binary): Case[] => [
  smooth("equal shapes", [input(2, 3), input(2, 3)], op),
  smooth("broadcast both ways", [input(2, 1, 3), input(4, 1)], op),
];

const comparison = (op: Binary): Case[] => [
  constant("with ties", [indices(3, 2, 3), indices(3, 3)], (a, b) => op(ops.toFloat(a!), ops.toFloat(b!))),
];

/** The second operand lies between the values of the first. */
const choice = (op: Binary): Case[] => binary(distinct, (a, b) => op(a, ops.add(b, 0.05)));

const extreme = (op: typeof ops.max): Case[] => [
  smooth("all axes", [distinct(3, 4)], (x) => op(x!)),
  smooth("inner axis", [distinct(3, 4)], (x) => op(x!, 1)),
  smooth("outer axes kept", [distinct(3, 2, 4)], (x) => op(x!, [0, -1], { keepDims: true })),
];

const overRows = (op: (x: Tensor, axis?: number) => Tensor): Case[] => [
  smooth("last axis", [real(3, 4)], (x) => op(x!)),
  smooth("middle axis", [real(2, 3, 2)], (x) => op(x!, 1)),
];

export const cases: Record<OpName, readonly Case[]> = {
  stored: [constant("a vector", [], () => ops.stored(new Storage([2], "float32", Float32Array.of(1, -2))))],
  full: [
    constant("floats", [], () => ops.full([2, 3], 0.5)),
    constant("integers", [], () => ops.full([2], -3, "int32")),
  ],

  reshape: [smooth("fewer axes", [real(2, 3, 2)], (x) => ops.reshape(x!, [3, -1]))],
  transpose: [
    smooth("reversed", [real(2, 3)], (x) => ops.transpose(x!)),
    smooth("rotated", [real(2, 3, 4)], (x) => ops.transpose(x!, [2, 0, 1])),
  ],
  flip: [
    smooth("all axes", [real(2, 3)], (x) => ops.flip(x!)),
    smooth("one axis", [real(2, 3, 2)], (x) => ops.flip(x!, 1)),
  ],
  pad: [
    smooth("with ones", [real(2, 3)], (x) =>
      ops.pad(
        x!,
        [
          [1, 0],
          [2, 3],
        ],
        1,
      ),
    ),
  ],
  slice: [smooth("inside", [real(4, 5)], (x) => ops.slice(x!, [1, 2], [2, -1]))],
  concat: [
    smooth("three", [real(2, 1), real(2, 3), real(2, 2)], (...xs) => ops.concat(xs, 1)),
    smooth("one tensor twice", [real(2, 2)], (x) => ops.concat([x!, x!])),
  ],
  broadcastTo: [
    smooth("new axis", [real(3)], (x) => ops.broadcastTo(x!, [2, 3])),
    smooth("stretched axes", [real(1, 3, 1)], (x) => ops.broadcastTo(x!, [4, 2, 3, 2])),
  ],
  sum: [
    smooth("all axes", [real(2, 3)], (x) => ops.sum(x!)),
    smooth("inner axis", [real(3, 4)], (x) => ops.sum(x!, -1)),
    smooth("outer axes kept", [real(2, 3, 2)], (x) => ops.sum(x!, [0, 2], { keepDims: true })),
  ],

  negate: unary(real(2, 3), ops.negate),
  add: binary(real, ops.add),
  sub: binary(real, ops.sub),
  mul: [...binary(real, ops.mul), smooth("by itself", [real(2, 3)], (x) => ops.mul(x!, x!))],
  div: binary(offZero, ops.div),

  equal: comparison(ops.equal),
  notEqual: comparison(ops.notEqual),
  less: comparison(ops.less),
  lessEqual: comparison(ops.lessEqual),
  greater: comparison(ops.greater),
  greaterEqual: comparison(ops.greaterEqual),
  where: [
    smooth("broadcast", [indices(2, 2, 3), real(3), real(2, 1)], (mask, a, b) => ops.where(ops.toFloat(mask!), a!, b!)),
  ],
  maximum: choice(ops.maximum),
  minimum: choice(ops.minimum),
  clip: unary(distinct(3, 4), (x) => ops.clip(x, -0.22, 0.28)),

  abs: unary(offZero(2, 3), ops.abs),
  sign: [constant("either sign", [offZero(2, 3)], (x) => ops.sign(x!))],
  exp: unary(real(2, 3), ops.exp),
  expm1: unary(real(2, 3), ops.expm1),
  log: unary(positive(2, 3), ops.log),
  log1p: unary(positive(2, 3), ops.log1p),
  sqrt: unary(positive(2, 3), ops.sqrt),
  rsqrt: unary(positive(2, 3), ops.rsqrt),
  square: unary(real(2, 3), ops.square),
  reciprocal: unary(offZero(2, 3), ops.reciprocal),
  erf: unary(real(2, 3), ops.erf),
  pow: [...binary(positive, ops.pow), smooth("negative bases to an integer", [offZero(2, 3)], (x) => ops.pow(x!, 3))],

  relu: unary(offZero(2, 3), ops.relu),
  leakyRelu: unary(offZero(2, 3), (x) => ops.leakyRelu(x, 0.2)),
  elu: unary(offZero(2, 3), (x) => ops.elu(x, 1.5)),
  gelu: unary(real(2, 3), ops.gelu),
  silu: unary(real(2, 3), ops.silu),
  sigmoid: unary(real(2, 3), ops.sigmoid),
  tanh: unary(real(2, 3), ops.tanh),
  softplus: unary(real(2, 3), ops.softplus),

  toFloat: [constant("indices", [indices(9, 2, 3)], (x) => ops.toFloat(x!))],
  toInt: [constant("either sign", [offZero(2, 3)], (x) => ops.toInt(x!))],

  squaredDeviations: [
    smooth("biased", [real(3, 4)], (x) => ops.moments(x!, 1).variance),
    smooth("unbiased, kept", [real(2, 3, 2)], (x) => ops.variance(x!, [0, 2], { keepDims: true })),
    smooth("of all, beside what the mean is used for", [real(2, 3)], (x) => {
      const { mean, variance } = ops.moments(x!);
      return ops.mul(mean, variance);
    }),
  ],
  max: extreme(ops.max),
  min: extreme(ops.min),
  argMax: [
    constant("inner axis", [distinct(3, 4)], (x) => ops.argMax(x!, 1)),
    constant("outer axes kept", [distinct(3, 2, 4)], (x) => ops.argMax(x!, [0, 2], { keepDims: true })),
  ],

  gather: [
    smooth("rows by a matrix", [real(4, 3), indices(4, 2, 2)], (x, i) => ops.gather(x!, i!)),
    smooth("middle axis", [real(2, 3, 2), indices(3, 5)], (x, i) => ops.gather(x!, i!, 1)),
  ],
  scatterAdd: [
    smooth("rows by a matrix", [real(2, 2, 3), indices(4, 2, 2)], (g, i) => ops.scatterAdd(g!, i!, 4)),
    smooth("middle axis", [real(2, 5, 2), indices(3, 5)], (g, i) => ops.scatterAdd(g!, i!, 3, 1)),
  ],
  takeAlong: [smooth("rows", [real(2, 5), indices(5, 2, 3)], (x, i) => ops.takeAlong(x!, i!))],
  addAlong: [smooth("rows", [real(2, 2, 3), indices(5, 2, 2, 3)], (g, i) => ops.addAlong(g!, i!, 5))],
  oneHot: [constant("a matrix", [indices(4, 2, 3)], (labels) => ops.oneHot(labels!, 4))],

  matmul: [
    smooth("matrices", [real(2, 3), real(3, 4)], (a, b) => ops.matmul(a!, b!)),
    smooth("a transposed", [real(3, 2), real(3, 4)], (a, b) => ops.matmul(a!, b!, { transposeA: true })),
    smooth("b transposed", [real(2, 3), real(4, 3)], (a, b) => ops.matmul(a!, b!, { transposeB: true })),
    smooth("both transposed", [real(3, 2), real(4, 3)], (a, b) =>
      ops.matmul(a!, b!, { transposeA: true, transposeB: true }),
    ),
    smooth("a batch", [real(2, 2, 3), real(2, 3, 2)], (a, b) => ops.matmul(a!, b!)),
    smooth("a batch, both transposed", [real(2, 3, 2), real(2, 4, 3)], (a, b) =>
      ops.matmul(a!, b!, { transposeA: true, transposeB: true }),
    ),
    smooth("shared a", [real(2, 3), real(2, 3, 2)], (a, b) => ops.matmul(a!, b!)),
    smooth("shared b", [real(2, 2, 3), real(3, 2)], (a, b) => ops.matmul(a!, b!)),
    smooth("shared b, a transposed", [real(2, 3, 2), real(3, 2)], (a, b) => ops.matmul(a!, b!, { transposeA: true })),
    smooth("leading axes broadcast", [real(2, 1, 2, 3), real(3, 3, 2)], (a, b) => ops.matmul(a!, b!)),
  ],

  im2col: windows.im2colCases,
  col2im: windows.col2imCases,
  conv2d: windows.conv2dCases,
  conv2dInputGradient: windows.conv2dInputGradientCases,
  conv2dFilterGradient: windows.conv2dFilterGradientCases,
  maxPool2dIndices: windows.maxPool2dCases,
  avgPool2d: windows.avgPool2dCases,
  avgPool2dGradient: windows.avgPool2dGradientCases,

  softmax: overRows(ops.softmax),
  logSoftmax: overRows(ops.logSoftmax),
  crossEntropyRows: [
    smooth("each row", [real(3, 4), indices(4, 3)], (logits, labels) =>
      ops.crossEntropy(logits!, labels!, { reduction: "none" }),
    ),
    smooth("their mean", [real(3, 4), indices(4, 3)], (logits, labels) => ops.crossEntropy(logits!, labels!)),
  ],

  random: [
    constant("uniform", [], () => ops.uniform([5], ops.randomKey(7), { low: -1, high: 2 })),
    constant("normal", [], () => ops.normal([5], ops.randomKey(7, 1), { mean: 3, std: 0.1 })),
  ],
  nextKey: [constant("a key", [], () => ops.nextKey(ops.randomKey(7)))],
};
