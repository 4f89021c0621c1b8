// The layout pass: rewrites convolutions and pools to their [N, H, W, C] forms and moves the transposes this costs towards
// the users until they meet and cancel. A value that is stored channels last looks like `transpose(v, toFirst)` here.
import { makeNode, type Node, type Op, reachable } from "../graph/node.ts";
import type { ReductionAttributes } from "../ops/broadcast.ts";
import type { ConvolutionAttributes } from "../ops/convolution.ts";
import { reshapeOp, transposeOp } from "../ops/movement.ts";
import type { PadAttributes, SliceAttributes } from "../ops/slicing.ts";
import { isElementwise } from "../program/elementwise.ts";
import { sameShape } from "../shape/shape.ts";
import * as last from "./channels-last.ts";
import { mapRequest, type Request, rootsOf, sourceOf } from "./request.ts";

/** [N, C, H, W] read from [N, H, W, C], and back; the same for planes [N, C, P] */
const toFirst: Readonly<Record<number, readonly number[]>> = { 3: [0, 2, 1], 4: [0, 3, 1, 2] };
const toLast: Readonly<Record<number, readonly number[]>> = { 3: [0, 2, 1], 4: [0, 2, 3, 1] };

export function planLayout(request: Request): Request {
  const replaced = new Map<Node, Node>();
  for (const node of reachable(rootsOf(request))) {
    const inputs = node.inputs.map((input) => replaced.get(input)!);
    const rule = rules[node.op.name] ?? (isElementwise(node.op.name) ? elementwiseRule : null);
    const rewritten = rule === null ? null : rule(node, inputs);
    const unchanged = inputs.every((input, index) => input === node.inputs[index]);
    replaced.set(node, rewritten ?? (unchanged ? node : makeNode(node.op, inputs, node.attributes)));
  }
  return mapRequest(request, (node) => replaced.get(node)!);
}

/** The node with its inputs already rewritten → its channels-last form, or null to leave it as it is. */
type Rule = (node: Node, inputs: readonly Node[]) => Node | null;

function transposed(node: Node, permutation: readonly number[]): Node {
  return makeNode(transposeOp, [node], { permutation });
}

/** What `node` reads transposed, if it is a channels-last value seen as [N, C, …]. */
function lastOf(node: Node): Node | null {
  if (node.op.name !== "transpose") return null;
  const { permutation } = node.attributes as { permutation: readonly number[] };
  const expected = toFirst[node.shape.length];
  return expected !== undefined && sameShape(permutation, expected) ? node.inputs[0]! : null;
}

/** `node` stored channels last. A repeated or constant value changes its order where it is small; others pay for a copy. */
function asLast(node: Node): Node {
  const last = lastOf(node);
  if (last !== null) return last;
  const order = toLast[node.shape.length]!;
  if (node.op.name !== "full" && node.op.name !== "broadcastTo") return transposed(node, order);
  const attributes = { ...(node.attributes as object), shape: permuted(node.shape, order) };
  return makeNode(
    node.op,
    node.op.name === "full" ? [] : [asLast(withRank(node.inputs[0]!, order.length))],
    attributes,
  );
}

/** `node` with as many axes of length 1 in front as it takes. */
function withRank(node: Node, rank: number): Node {
  const { shape } = node;
  if (shape.length === rank) return node;
  return makeNode(reshapeOp, [node], { shape: [...new Array<number>(rank - shape.length).fill(1), ...shape] });
}

function asFirst(node: Node): Node {
  return transposed(node, toFirst[node.shape.length]!);
}

function permuted<T>(perAxis: readonly T[], permutation: readonly number[]): T[] {
  return permutation.map((axis) => perAxis[axis]!);
}

/** Filters outC, C/groups, KH, KW as KH, KW, C/groups, outC (and back), or with the channels exchanged. */
const filtersForward = [2, 3, 1, 0];
const filtersBackward = [2, 3, 0, 1];
const filtersPublic = [3, 2, 0, 1];

/**
 * Where an input is channels last already, makes the others so and runs `op` (null: the node's own) on them; elsewhere
 * the planar form is as good. `reordered` puts what attributes say about axes into the stored order.
 */
function whereLast<A>(op: Op<string, A> | null, reordered = (attributes: A, _rank: number): A => attributes): Rule {
  return (node, inputs) => {
    if (inputs.every((input) => lastOf(input) === null)) return null;
    const attributes = reordered(node.attributes as A, node.shape.length);
    return asFirst(makeNode(op ?? (node.op as Op<string, A>), inputs.map(asLast), attributes));
  };
}

/** Over any other number of axes takeAlong and addAlong have no planes. */
function planesWhereLast<A>(op: Op<string, A>): Rule {
  const rule = whereLast(op);
  return (node, inputs) => (node.shape.length === 3 ? rule(node, inputs) : null);
}

/** Joining H and W to P, or parting P, keeps channels last. */
const reshapeRule: Rule = (node, [x]) => {
  const v = lastOf(x!);
  if (v === null || !sameShape(node.shape.slice(0, 2), x!.shape.slice(0, 2))) return null;
  if (toFirst[node.shape.length] === undefined) return null;
  const shape = permuted(node.shape, toLast[node.shape.length]!);
  return asFirst(makeNode(reshapeOp, [v], { shape }));
};

/** Axes are counted in the stored order; what is kept changes places only after it has become small. */
const reductionRule: Rule = (node, [x]) => {
  const v = lastOf(x!);
  if (v === null) return null;
  const { axes, keepDims } = node.attributes as ReductionAttributes;
  const permutation = toFirst[x!.shape.length]!;
  const stored = (axis: number): number => permutation[axis]!;
  const reduced = makeNode(node.op, [v], { axes: axes.map(stored).sort(ascending), keepDims });
  if (keepDims) return asFirst(reduced);
  const kept = permutation.filter((_, axis) => !axes.includes(axis));
  const order = kept.toSorted(ascending);
  return sameShape(kept, order)
    ? reduced
    : transposed(
        reduced,
        kept.map((axis) => order.indexOf(axis)),
      );
};

function ascending(a: number, b: number): number {
  return a - b;
}

const elementwiseRule = whereLast(null);

/** Taps next to each other of which a vector holds most: as many are worth meeting the numbers of g one by one. */
const fewTaps = 16;

/**
 * Where g is the gradient of a max pool, three of four of its numbers are 0 or more. A convolution of few channels leaves
 * those out; of many, it is faster to multiply all of them.
 */
function filterGradient(x: Node, g: Node, attributes: ConvolutionAttributes): Node {
  const added = sourceOf(g);
  const places = added.op.name === "addAlongLast" ? added.inputs[1]! : null;
  const { window, groups } = attributes;
  const [, height, width] = g.shape as [number, number, number];
  const few = groups === 1 && window.kernel[1] * x.shape[3]! <= fewTaps && window.dilation[1] === 1;
  if (places === null || !few || sourceOf(places).op.name !== "maxPool2dIndicesLast" || added.shape[2] !== g.shape[3]) {
    return makeNode(last.conv2dLastFilterGradientOp, [x, g], attributes);
  }
  const inputs = [x, added.inputs[0]!, places];
  return makeNode(last.conv2dLastFilterGradientAtOp, inputs, { window, groups, plane: [height, width] });
}

const rules: Readonly<Record<string, Rule>> = {
  conv2d: (node, [x, w]) =>
    asFirst(makeNode(last.conv2dLastOp, [asLast(x!), transposed(w!, filtersForward)], node.attributes as never)),
  conv2dInputGradient: (node, [g, w]) =>
    asFirst(
      makeNode(last.conv2dLastInputGradientOp, [asLast(g!), transposed(w!, filtersBackward)], node.attributes as never),
    ),
  conv2dFilterGradient: (node, [x, g]) =>
    transposed(filterGradient(asLast(x!), asLast(g!), node.attributes as ConvolutionAttributes), filtersPublic),
  maxPool2dIndices: whereLast(last.maxPool2dIndicesLastOp),
  avgPool2d: whereLast(last.avgPool2dLastOp),
  avgPool2dGradient: whereLast(last.avgPool2dGradientLastOp),
  takeAlong: planesWhereLast(last.takeAlongLastOp),
  addAlong: planesWhereLast(last.addAlongLastOp),
  reshape: reshapeRule,
  concat: whereLast<{ axis: number }>(null, ({ axis }, rank) => ({ axis: toFirst[rank]![axis]! })),
  slice: whereLast<SliceAttributes>(null, ({ begin, size }, rank) => ({
    begin: permuted(begin, toLast[rank]!),
    size: permuted(size, toLast[rank]!),
  })),
  pad: whereLast<PadAttributes>(null, ({ padding, value }, rank) => ({
    padding: permuted(padding, toLast[rank]!),
    value,
  })),
  flip: whereLast<{ axes: readonly number[] }>(null, ({ axes }, rank) => ({
    axes: axes.map((axis) => toFirst[rank]![axis]!),
  })),
  sum: reductionRule,
  max: reductionRule,
  min: reductionRule,
  toFloat: elementwiseRule,
  toInt: elementwiseRule,
};
