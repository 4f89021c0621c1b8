// The layout pass: rewrites convolutions and pools to their [N, H, W, C] forms and moves the transposes this costs towards
// the users until they meet and cancel. A value that is stored channels last looks like `transpose(v, toFirst)` here.
import { makeNode, type Node, type Op, reachable } from "../graph/node.ts";
import { broadcastToOp, type ReductionAttributes } from "../ops/broadcast.ts";
import { reshapeOp, transposeOp } from "../ops/movement.ts";
import { isElementwise } from "../program/elementwise.ts";
import { type Shape, sameShape } from "../shape/shape.ts";
import * as last from "./channels-last.ts";
import { mapRequest, type Request, rootsOf } from "./request.ts";

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

/** `node` stored channels last, at the cost of a transpose if it is not. */
function asLast(node: Node): Node {
  return lastOf(node) ?? transposed(node, toLast[node.shape.length]!);
}

function asFirst(node: Node): Node {
  return transposed(node, toFirst[node.shape.length]!);
}

function permuted(shape: Shape, permutation: readonly number[]): Shape {
  return permutation.map((axis) => shape[axis]!);
}

/** Filters outC, C/groups, KH, KW as KH, KW, C/groups, outC (and back), or with the channels exchanged. */
const filtersForward = [2, 3, 1, 0];
const filtersBackward = [2, 3, 0, 1];
const filtersPublic = [3, 2, 0, 1];

/** Runs a channels-last op where an input is channels last already: elsewhere the planar form is as good. */
const whereLast =
  <A>(op: Op<string, A>): Rule =>
  (node, inputs) =>
    inputs.some((input) => lastOf(input) !== null)
      ? asFirst(makeNode(op, inputs.map(asLast), node.attributes as A))
      : null;

/** Joining H and W to P, or parting P, keeps channels last. */
const reshapeRule: Rule = (node, [x]) => {
  const v = lastOf(x!);
  if (v === null || !sameShape(node.shape.slice(0, 2), x!.shape.slice(0, 2))) return null;
  if (toFirst[node.shape.length] === undefined) return null;
  const shape = permuted(node.shape, toLast[node.shape.length]!);
  return asFirst(makeNode(reshapeOp, [v], { shape }));
};

/** Axes are counted in the stored order; what is kept must stay in its order. */
const reductionRule: Rule = (node, [x]) => {
  const v = lastOf(x!);
  if (v === null) return null;
  const { axes, keepDims } = node.attributes as ReductionAttributes;
  const permutation = toFirst[x!.shape.length]!;
  const mapped = axes.map((axis) => permutation[axis]!).sort((a, b) => a - b);
  const kept = permutation.filter((_, axis) => !axes.includes(axis));
  if (!keepDims && kept.some((axis, index) => index > 0 && axis < kept[index - 1]!)) return null;
  const reduced = makeNode(node.op, [v], { axes: mapped, keepDims });
  return keepDims ? asFirst(reduced) : reduced;
};

const concatRule: Rule = (node, inputs) => {
  if (inputs.some((input) => lastOf(input) === null)) return null;
  const { axis } = node.attributes as { axis: number };
  return asFirst(makeNode(node.op, inputs.map(asLast), { axis: toFirst[node.shape.length]![axis]! }));
};

const elementwiseRule: Rule = (node, inputs) => {
  if (inputs.every((input) => lastOf(input) === null)) return null;
  return asFirst(makeNode(node.op, inputs.map(operandLast), node.attributes));
};

/** A repeated or constant operand changes its order where it is small; any other pays for a transpose. */
function operandLast(node: Node): Node {
  const order = toLast[node.shape.length]!;
  const shape = permuted(node.shape, order);
  if (node.op.name === "full") return makeNode(node.op, [], { ...(node.attributes as object), shape });
  if (node.op.name !== "broadcastTo") return asLast(node);
  const small = node.inputs[0]!;
  const ones = new Array<number>(node.shape.length - small.shape.length).fill(1);
  const padded = ones.length === 0 ? small : makeNode(reshapeOp, [small], { shape: [...ones, ...small.shape] });
  return makeNode(broadcastToOp, [asLast(padded)], { shape });
}

const rules: Readonly<Record<string, Rule>> = {
  conv2d: (node, [x, w]) =>
    asFirst(makeNode(last.conv2dLastOp, [asLast(x!), transposed(w!, filtersForward)], node.attributes as never)),
  conv2dInputGradient: (node, [g, w]) =>
    asFirst(
      makeNode(last.conv2dLastInputGradientOp, [asLast(g!), transposed(w!, filtersBackward)], node.attributes as never),
    ),
  conv2dFilterGradient: (node, [x, g]) =>
    transposed(
      makeNode(last.conv2dLastFilterGradientOp, [asLast(x!), asLast(g!)], node.attributes as never),
      filtersPublic,
    ),
  maxPool2dIndices: whereLast(last.maxPool2dIndicesLastOp),
  avgPool2d: whereLast(last.avgPool2dLastOp),
  avgPool2dGradient: whereLast(last.avgPool2dGradientLastOp),
  takeAlong: whereLast(last.takeAlongLastOp),
  addAlong: whereLast(last.addAlongLastOp),
  reshape: reshapeRule,
  concat: concatRule,
  sum: reductionRule,
  max: reductionRule,
  min: reductionRule,
};
