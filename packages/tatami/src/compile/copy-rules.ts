// Lowers the ops that only move words to strided `copy` calls: where a value is read and where it is written differ, the
// loop is the same.
import type { Node } from "../graph/node.ts";
import type { PadAttributes, SliceAttributes } from "../ops/slicing.ts";
import { elementBytes } from "../shape/dtype.ts";
import { stridesOf } from "../shape/shape.ts";
import { collapse } from "./fused.ts";
import type { KernelRule, KernelStep } from "./kernel-step.ts";
import { wordOf } from "./lowering.ts";

interface Walk {
  /** the box that is copied */
  readonly shape: readonly number[];
  readonly xStrides: readonly number[];
  readonly outStrides: readonly number[];
  readonly xOffset?: number;
  readonly outOffset?: number;
}

function emitCopy({ lowering, inputs, out, label }: KernelStep, walk: Walk, input = 0): void {
  const { shape, strides } = collapse(walk.shape, [walk.xStrides, walk.outStrides]);
  const [xStrides, outStrides] = strides as [number[], number[]];
  const { xOffset = 0, outOffset = 0 } = walk;
  lowering.emit("copy", { x: inputs[input]!, out, shape, xStrides, outStrides, xOffset, outOffset }, label);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, value, index) => total + value * b[index]!, 0);
}

function shapes(node: Node): { x: readonly number[]; xStrides: number[]; outStrides: number[] } {
  const x = node.inputs[0]!.shape;
  return { x, xStrides: stridesOf(x), outStrides: stridesOf(node.shape) };
}

const transposeRule: KernelRule = (step) => {
  const { permutation } = step.node.attributes as { permutation: readonly number[] };
  const { xStrides, outStrides } = shapes(step.node);
  emitCopy(step, { shape: step.node.shape, xStrides: permutation.map((axis) => xStrides[axis]!), outStrides });
};

/** Read backwards: from the last element along each flipped axis. */
const flipRule: KernelRule = (step) => {
  const { axes } = step.node.attributes as { axes: readonly number[] };
  const { x, xStrides, outStrides } = shapes(step.node);
  const signed = xStrides.map((stride, axis) => (axes.includes(axis) ? -stride : stride));
  const xOffset = axes.reduce((offset, axis) => offset + Math.max(x[axis]! - 1, 0) * xStrides[axis]!, 0);
  emitCopy(step, { shape: x, xStrides: signed, outStrides, xOffset });
};

const sliceRule: KernelRule = (step) => {
  const { begin } = step.node.attributes as SliceAttributes;
  const { xStrides, outStrides } = shapes(step.node);
  emitCopy(step, { shape: step.node.shape, xStrides, outStrides, xOffset: dot(begin, xStrides) });
};

const padRule: KernelRule = (step) => {
  const { node, lowering, out, label } = step;
  const { padding, value } = node.attributes as PadAttributes;
  const { x, xStrides, outStrides } = shapes(node);
  lowering.emit("fill", { out, count: out.bytes / elementBytes, bits: wordOf(value, node.dtype) }, label);
  emitCopy(step, {
    shape: x,
    xStrides,
    outStrides,
    outOffset: dot(
      padding.map(([before]) => before),
      outStrides,
    ),
  });
};

const concatRule: KernelRule = (step) => {
  const { axis } = step.node.attributes as { axis: number };
  const outStrides = stridesOf(step.node.shape);
  let position = 0;
  step.node.inputs.forEach(({ shape }, input) => {
    emitCopy(step, { shape, xStrides: stridesOf(shape), outStrides, outOffset: position * outStrides[axis]! }, input);
    position += shape[axis]!;
  });
};

export const copyRules: Readonly<Record<"transpose" | "flip" | "slice" | "pad" | "concat", KernelRule>> = {
  transpose: transposeRule,
  flip: flipRule,
  slice: sliceRule,
  pad: padRule,
  concat: concatRule,
};
