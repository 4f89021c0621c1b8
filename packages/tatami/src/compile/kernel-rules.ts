// How each op that is no elementwise function becomes a kernel call. One entry an op: attributes spelled out into the
// kernel's parameters (program/kernel-table.ts says what they mean). An op without an entry does not type-check.
import type { Node } from "../graph/node.ts";
import type { Col2imAttributes } from "../ops/columns.ts";
import type { MatmulAttributes } from "../ops/matmul.ts";
import type { AveragePoolingAttributes } from "../ops/pooling.ts";
import type { RandomAttributes } from "../ops/random.ts";
import type { OpName } from "../ops/table.ts";
import { type ElementwiseName, opcode } from "../program/elementwise.ts";
import { type Shape, sizeOf } from "../shape/shape.ts";
import type { Window } from "../shape/window.ts";
import type { Absorbed } from "./absorb.ts";
import type { CompilerOp, PlacesAttributes } from "./channels-last.ts";
import { copyRules } from "./copy-rules.ts";
import type { KernelRule } from "./kernel-step.ts";
import type { Lowering, VirtualBuffer } from "./lowering.ts";
import { reduceRule } from "./reduce-rule.ts";
import { columnFields, convolutionFields, poolBehindFields, poolFields, poolLastFields } from "./window-fields.ts";

/** Ops that are leaves, views or registers and so never a step of their own. */
type WithoutRule = ElementwiseName | "stored" | "full" | "reshape" | "broadcastTo";

/** Ops in whose place simplify puts others, and those whose place the layout pass gives to their channels-last forms. */
type Replaced = "squaredDeviations" | "conv2d" | "conv2dInputGradient" | "conv2dFilterGradient";

type KernelOp = Exclude<OpName | CompilerOp, WithoutRule | Replaced>;

function attributesOf<A>(node: Node): A {
  return node.attributes as A;
}

function epilogueFields(
  absorbed: Absorbed | null,
  lowering: Lowering,
): {
  bias: VirtualBuffer | null;
  activation: number;
  activationParameter: number;
} {
  const activation = absorbed?.activation ?? { name: "identity" as const, parameter: 0 };
  return {
    bias: absorbed?.bias == null ? null : lowering.buffer(absorbed.bias),
    activation: opcode(activation.name),
    activationParameter: activation.parameter,
  };
}

function maskOf(absorbed: Absorbed | null, lowering: Lowering): VirtualBuffer | null {
  return absorbed?.mask == null ? null : lowering.buffer(absorbed.mask);
}

/** Sizes of the axes before, at and after `axis`. */
function around(shape: readonly number[], axis: number): { outer: number; length: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), length: shape[axis]!, inner: sizeOf(shape.slice(axis + 1)) };
}

/** The last axis, and all others as rows. */
function rowsOf(shape: readonly number[]): { rows: number; columns: number } {
  return { rows: sizeOf(shape.slice(0, -1)), columns: shape.at(-1) ?? 1 };
}

const softmaxRule =
  (log: number): KernelRule =>
  ({ node, inputs: [x], out, label, lowering }) =>
    lowering.emit("softmax", { x: x!, out, ...rowsOf(node.shape), log }, label, [{ output: out, input: x! }]);

const castRule =
  (toFloat: number): KernelRule =>
  ({ node, inputs: [x], out, label, lowering }) =>
    lowering.emit("cast", { x: x!, out, count: sizeOf(node.shape), toFloat }, label, [{ output: out, input: x! }]);

type PoolFieldsOf = typeof poolFields;

const maxRule =
  (fieldsOf: PoolFieldsOf): KernelRule =>
  ({ node, absorbed, inputs: [x], wanted, label, lowering }) => {
    const { window } = attributesOf<{ window: Window }>(node);
    const fields = fieldsOf(window, node.inputs[0]!.shape, node.shape);
    lowering.emit("maxPool2d", { x: x!, out: wanted(absorbed?.nodes[0]), indices: wanted(node), ...fields }, label);
  };

const averageRule =
  (fieldsOf: PoolFieldsOf): KernelRule =>
  ({ node, inputs: [x], out, label, lowering }) => {
    const { window, countPadding } = attributesOf<AveragePoolingAttributes>(node);
    const fields = fieldsOf(window, node.inputs[0]!.shape, node.shape);
    lowering.emit("avgPool2d", { x: x!, out, ...fields, countPadding: Number(countPadding) }, label);
  };

const averageGradientRule =
  (fieldsOf: PoolFieldsOf): KernelRule =>
  ({ node, inputs: [g], out, label, lowering }) => {
    const { window, countPadding } = attributesOf<AveragePoolingAttributes>(node);
    const fields = fieldsOf(window, node.shape, node.inputs[0]!.shape);
    lowering.emit("avgPool2dGradient", { g: g!, out, ...fields, countPadding: Number(countPadding) }, label);
  };

export const kernelRules: { readonly [Name in KernelOp]: KernelRule } = {
  ...copyRules,
  sum: reduceRule("sum"),
  max: reduceRule("max"),
  min: reduceRule("min"),
  argMax: ({ node, inputs: [x], out, label, lowering }) =>
    lowering.emit(
      "argMax",
      { x: x!, out, ...around(node.inputs[0]!.shape, attributesOf<{ axis: number }>(node).axis) },
      label,
    ),
  toFloat: castRule(1),
  toInt: castRule(0),
  matmul({ node, absorbed, inputs: [a, b], out, label, lowering }) {
    const { transposeA, transposeB } = attributesOf<MatmulAttributes>(node);
    const [shapeA, shapeB] = node.inputs.map((input) => input.shape) as [readonly number[], readonly number[]];
    const [m, n] = node.shape.slice(-2) as [number, number];
    const k = shapeA.at(transposeA ? -2 : -1)!;
    // A shared matrix on the right makes the batch nothing but more rows.
    const rows = node.shape.length === 3 && shapeB.length === 2 && !transposeA;
    const batch = node.shape.length === 3 && !rows ? node.shape[0]! : 1;
    lowering.emit(
      "matmul",
      {
        a: a!,
        b: b!,
        out,
        batch,
        m: rows ? node.shape[0]! * m : m,
        n,
        k,
        transposeA: Number(transposeA),
        transposeB: Number(transposeB),
        aStride: shapeA.at(-1)!,
        aBatchStride: shapeA.length === 3 && shapeA[0] !== 1 ? m * k : 0,
        bBatchStride: shapeB.length === 3 && shapeB[0] !== 1 ? k * n : 0,
        ...epilogueFields(absorbed, lowering),
      },
      label,
    );
  },
  im2col({ node, inputs: [x], out, label, lowering }) {
    const { window } = attributesOf<{ window: Window }>(node);
    lowering.emit("im2col", { x: x!, out, ...columnFields("im2col", window, node.inputs[0]!.shape) }, label);
  },
  col2im({ node, inputs: [x], out, label, lowering }) {
    const { window } = attributesOf<Col2imAttributes>(node);
    lowering.emit("col2im", { x: x!, out, ...columnFields("col2im", window, node.shape) }, label);
  },
  conv2dLast: ({ node, absorbed, inputs: [x, w], out, wanted, label, lowering }) =>
    lowering.emit(
      "conv2d",
      {
        x: x!,
        w: w!,
        out,
        ...convolutionFields(attributesOf(node), node.inputs[0]!.shape, node.shape, lowering.precision),
        ...epilogueFields(absorbed, lowering),
        pooled: wanted(absorbed?.pool?.values),
        indices: wanted(absorbed?.pool?.indices),
        ...poolBehindFields(absorbed?.pool?.indices ?? null),
      },
      label,
    ),
  conv2dLastInputGradient({ node, absorbed, inputs: [g, w], out, label, lowering }) {
    const fields = convolutionFields(attributesOf(node), node.shape, node.inputs[0]!.shape, lowering.precision);
    lowering.emit("conv2dInputGradient", { g: g!, w: w!, mask: maskOf(absorbed, lowering), out, ...fields }, label);
  },
  conv2dLastFilterGradient({ node, inputs: [x, g], out, label, lowering }) {
    const [shapeX, shapeG] = node.inputs.map((input) => input.shape) as [Shape, Shape];
    const fields = convolutionFields(attributesOf(node), shapeX, shapeG, lowering.precision);
    lowering.emit("conv2dFilterGradient", { x: x!, g: g!, out, ...fields, accumulate: 0 }, label);
  },
  conv2dLastFilterGradientAt({ node, inputs: [x, g, indices], out, label, lowering }) {
    const [shapeX, [batch, places, channels]] = node.inputs.map((input) => input.shape) as [Shape, Shape];
    const attributes = attributesOf<PlacesAttributes>(node);
    const fields = convolutionFields(attributes, shapeX, [batch!, ...attributes.plane, channels!], lowering.precision);
    lowering.emit(
      "conv2dFilterGradientAt",
      { x: x!, g: g!, indices: indices!, out, ...fields, places: places!, accumulate: 0 },
      label,
    );
  },
  maxPool2dIndices: maxRule(poolFields),
  maxPool2dIndicesLast: maxRule(poolLastFields),
  avgPool2d: averageRule(poolFields),
  avgPool2dLast: averageRule(poolLastFields),
  avgPool2dGradient: averageGradientRule(poolFields),
  avgPool2dGradientLast: averageGradientRule(poolLastFields),
  takeAlong({ node, inputs: [x, indices], out, label, lowering }) {
    const { rows, columns: count } = rowsOf(node.shape);
    const length = node.inputs[0]!.shape.at(-1)!;
    lowering.emit("takeAlong", { x: x!, indices: indices!, out, rows, length, count, channels: 1 }, label);
  },
  takeAlongLast({ node, inputs: [x, indices], out, label, lowering }) {
    const [rows, count, channels] = node.shape as [number, number, number];
    const length = node.inputs[0]!.shape[1]!;
    lowering.emit("takeAlong", { x: x!, indices: indices!, out, rows, length, count, channels }, label);
  },
  addAlong({ node, inputs: [g, indices], out, label, lowering }) {
    const { rows, columns: length } = rowsOf(node.shape);
    const count = node.inputs[0]!.shape.at(-1)!;
    lowering.emit("addAlong", { g: g!, indices: indices!, out, rows, length, count, channels: 1 }, label);
  },
  addAlongLast({ node, inputs: [g, indices], out, label, lowering }) {
    const [rows, length, channels] = node.shape as [number, number, number];
    const count = node.inputs[0]!.shape[1]!;
    lowering.emit("addAlong", { g: g!, indices: indices!, out, rows, length, count, channels }, label);
  },
  gather({ node, inputs: [x, indices], out, label, lowering }) {
    const { axis } = attributesOf<{ axis: number }>(node);
    const count = sizeOf(node.inputs[1]!.shape);
    const fields = around(node.inputs[0]!.shape, axis);
    lowering.emit("gather", { x: x!, indices: indices!, out, ...fields, count }, label);
  },
  scatterAdd({ node, inputs: [g, indices], out, label, lowering }) {
    const { axis } = attributesOf<{ axis: number }>(node);
    const count = sizeOf(node.inputs[1]!.shape);
    lowering.emit("scatterAdd", { g: g!, indices: indices!, out, ...around(node.shape, axis), count }, label);
  },
  oneHot: ({ node, inputs: [labels], out, label, lowering }) =>
    lowering.emit("oneHot", { labels: labels!, out, ...rowsOf(node.shape) }, label),
  softmax: softmaxRule(0),
  logSoftmax: softmaxRule(1),
  crossEntropyRows: ({ node, inputs: [logits, labels], out, label, lowering }) =>
    lowering.emit("crossEntropy", { logits: logits!, labels: labels!, out, ...rowsOf(node.inputs[0]!.shape) }, label),
  random({ node, inputs: [key], out, label, lowering }) {
    const { distribution, low, spread } = attributesOf<RandomAttributes>(node);
    const kind = distribution === "uniform" ? 0 : 1;
    lowering.emit("random", { key: key!, out, count: sizeOf(node.shape), distribution: kind, low, spread }, label);
  },
  nextKey: ({ inputs: [key], out, label, lowering }) =>
    lowering.emit("nextKey", { key: key!, out }, label, [{ output: out, input: key! }]),
  snapshot: ({ inputs: [x], out, label, lowering }) => lowering.copyAll(x!, out, label),
};
