// First pass: rewrites the graph into a smaller one with the same values. Equal nodes become one (common
// subexpressions), arithmetic with 0 and 1 disappears, transposes move into matmul's flags. No kernels here.
import { makeNode, type Node, reachable, sameType } from "../graph/node.ts";
import type { Storage } from "../graph/storage.ts";
import { subOp } from "../ops/arithmetic.ts";
import { broadcastToOp, type ReductionAttributes, sumOp } from "../ops/broadcast.ts";
import { takeAlongOp } from "../ops/indexing.ts";
import { reshapeOp } from "../ops/movement.ts";
import { squareOp } from "../ops/unary.ts";
import { reducedShape, sameShape, sizeOf } from "../shape/shape.ts";
import { constantOf, mapRequest, type Request, rootsOf, sourceOf, storageOf } from "./request.ts";

export function simplify(request: Request): Request {
  const known = new Map<string, Node>();
  const uniques = new Set<Node>();
  const storages: Storage[] = [];
  const replaced = new Map<Node, Node>();

  /** the one node equal to `node`, whose inputs may be new too */
  const unique = (node: Node): Node => {
    if (uniques.has(node)) return node;
    const inputs = node.inputs.map(unique);
    const settled = inputs.every((input, index) => input === node.inputs[index])
      ? node
      : makeNode(node.op, inputs, node.attributes);
    const key = structuralKey(settled, (input) => input.id, storages);
    const same = known.get(key) ?? settled;
    known.set(key, same);
    uniques.add(same);
    return same;
  };

  for (const node of reachable(rootsOf(request))) {
    const inputs = node.inputs.map((input) => replaced.get(input)!);
    let current = inputs.every((input, index) => input === node.inputs[index])
      ? node
      : makeNode(node.op, inputs, node.attributes);
    for (let next = rewrite(current); next !== null; next = rewrite(current)) current = next;
    replaced.set(node, unique(current));
  }
  return mapRequest(request, (node) => replaced.get(node)!);
}

/**
 * A text equal for nodes that compute the same: op, inputs (by `idOf`), attributes and type. Storages are told apart by
 * their place in `storages`, which grows as new ones are met.
 */
export function structuralKey(node: Node, idOf: (input: Node) => number, storages: Storage[]): string {
  const storage = storageOf(node);
  if (storage === null) {
    const attributes = JSON.stringify(node.attributes, spellNumber);
    return `${node.op.name} ${node.inputs.map(idOf)} ${node.dtype} [${node.shape}] ${attributes}`;
  }
  if (!storages.includes(storage)) storages.push(storage);
  return `stored ${storages.indexOf(storage)} ${node.dtype} [${node.shape}]`;
}

/** JSON has one spelling for NaN and both infinities, and one for 0 and -0; a key must not. */
function spellNumber(_name: string, value: unknown): unknown {
  return typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? Object.is(value, -0)
      ? "-0"
      : String(value)
    : value;
}

/** One step towards a simpler node of the same type, or null when there is none. */
function rewrite(node: Node): Node | null {
  const simpler = rules[node.op.name]?.(node) ?? null;
  if (simpler !== null && !sameType(simpler, node)) {
    throw new Error(`internal: simplify ${node.op.name} changed [${node.shape}] to [${simpler.shape}]`);
  }
  return simpler;
}

type Rule = (node: Node) => Node | null;

const rules: Readonly<Record<string, Rule>> = {
  reshape(node) {
    const input = node.inputs[0]!;
    if (input.op.name === "reshape") return makeNode(node.op, input.inputs, node.attributes);
    return input.op.name === "full" ? fullLike(node, input) : same(node, input);
  },
  broadcastTo(node) {
    const input = node.inputs[0]!;
    if (input.op.name === "broadcastTo") return makeNode(node.op, input.inputs, node.attributes);
    return input.op.name === "full" ? fullLike(node, input) : same(node, input);
  },
  sum(node) {
    const input = node.inputs[0]!;
    const value = constantOf(input);
    if (value === null) return sumOfPoolGradient(node, input) ?? sumWithoutFactor(node, input);
    return fullLike(node, input, (value * sizeOf(input.shape)) / sizeOf(node.shape));
  },
  squaredDeviations(node) {
    const [x, center] = node.inputs as [Node, Node];
    const { axes } = node.attributes as { axes: readonly number[] };
    const kept = makeNode(reshapeOp, [center], { shape: reducedShape(x.shape, axes, true) });
    const deviations = makeNode(subOp, [x, makeNode(broadcastToOp, [kept], { shape: x.shape })], null);
    return makeNode(sumOp, [makeNode(squareOp, [deviations], null)], { axes, keepDims: false });
  },
  transpose(node) {
    const input = node.inputs[0]!;
    const permutation = permutationOf(node);
    if (input.op.name === "full") return fullLike(node, input);
    if (keepsOrder(permutation, input.shape)) return makeNode(reshapeOp, [input], { shape: node.shape });
    if (input.op.name !== "transpose") return null;
    const inner = permutationOf(input);
    return makeNode(node.op, input.inputs, { permutation: permutation.map((axis) => inner[axis]!) });
  },
  negate(node) {
    const input = node.inputs[0]!;
    return input.op.name === "negate" ? input.inputs[0]! : fold(node, (a) => -a);
  },
  add(node) {
    const [a, b] = node.inputs as [Node, Node];
    return constantOf(a) === 0 ? b : constantOf(b) === 0 ? a : fold(node, (x, y) => x + y);
  },
  sub(node) {
    const [a, b] = node.inputs as [Node, Node];
    return constantOf(b) === 0 ? a : fold(node, (x, y) => x - y);
  },
  mul(node) {
    const [a, b] = node.inputs as [Node, Node];
    if (constantOf(a) === 1) return b;
    if (constantOf(b) === 1) return a;
    return maskedPoolGradient(node, a, b) ?? maskedPoolGradient(node, b, a) ?? fold(node, (x, y) => x * y);
  },
  div(node) {
    const [a, b] = node.inputs as [Node, Node];
    return constantOf(b) === 1 ? a : fold(node, (x, y) => x / y);
  },
  matmul(node) {
    const flags = node.attributes as { transposeA: boolean; transposeB: boolean };
    const [a, b] = node.inputs as [Node, Node];
    if (swapsLastAxes(a)) return makeNode(node.op, [a.inputs[0]!, b], { ...flags, transposeA: !flags.transposeA });
    if (swapsLastAxes(b)) return makeNode(node.op, [a, b.inputs[0]!], { ...flags, transposeB: !flags.transposeB });
    return null;
  },
};

/**
 * A max pool's gradient is not 0 only where the maxima are, so a mask by the pool's input, x > c, is a mask by its maxima:
 * addAlong(g, i) · (x > c) = addAlong(g · (takeAlong(x, i) > c), i). The input need not outlive the pool then.
 */
function maskedPoolGradient(node: Node, gradient: Node, mask: Node): Node | null {
  const added = sourceOf(gradient);
  const threshold = mask.op.name === "greater" ? constantOf(mask.inputs[1]!) : null;
  if (added.op.name !== "addAlong" || threshold === null) return null;
  const [g, places] = added.inputs as [Node, Node];
  const indices = sourceOf(places);
  const x = mask.inputs[0]!;
  if (indices.op.name !== "maxPool2dIndices" || sourceOf(indices.inputs[0]!) !== sourceOf(x)) return null;
  const planes = makeNode(reshapeOp, [sourceOf(x)], { shape: added.shape });
  const maxima = makeNode(takeAlongOp, [planes, places], null);
  const kept = makeNode(mask.op, [maxima, fullLike(maxima, mask.inputs[1]!)], mask.attributes);
  const masked = makeNode(added.op, [makeNode(node.op, [g, kept], node.attributes), places], added.attributes);
  return makeNode(reshapeOp, [masked], { shape: node.shape });
}

/** Over whole planes, a max pool's gradient adds up to the gradient that it spreads out: Σ addAlong(g, i) = Σ g. */
function sumOfPoolGradient(node: Node, input: Node): Node | null {
  const added = sourceOf(input);
  if (added.op.name !== "addAlong") return null;
  const [g, places] = added.inputs as [Node, Node];
  const outer = added.shape.length - 1;
  const { axes } = node.attributes as ReductionAttributes;
  const planes = input.shape.map((_, axis) => axis).slice(outer);
  const whole =
    sameShape(input.shape.slice(0, outer), added.shape.slice(0, outer)) && planes.every((axis) => axes.includes(axis));
  if (!whole || sourceOf(places).op.name !== "maxPool2dIndices") return null;
  const kept = axes.filter((axis) => axis < outer);
  const total = makeNode(node.op, [g], { axes: [...kept, outer], keepDims: false });
  return makeNode(reshapeOp, [total], { shape: node.shape });
}

/** What does not change along the summed axes is taken out of the sum: Σ a·c = c·Σ a, and Σ −a = −Σ a. */
function sumWithoutFactor(node: Node, input: Node): Node | null {
  const sumOf = (a: Node): Node => makeNode(node.op, [a], node.attributes);
  if (input.op.name === "negate") return makeNode(input.op, [sumOf(input.inputs[0]!)], input.attributes);
  if (input.op.name !== "mul") return null;
  const { axes, keepDims } = node.attributes as ReductionAttributes;
  const rank = input.shape.length;
  for (const [a, factor] of [input.inputs, input.inputs.toReversed()] as [Node, Node][]) {
    if (factor.op.name !== "broadcastTo") continue;
    const c = factor.inputs[0]!;
    const shape = [...new Array<number>(rank - c.shape.length).fill(1), ...c.shape];
    if (axes.some((axis) => shape[axis] !== 1)) continue;
    const left = makeNode(reshapeOp, [c], {
      shape: keepDims ? shape : shape.filter((_, axis) => !axes.includes(axis)),
    });
    return makeNode(input.op, [sumOf(a), makeNode(broadcastToOp, [left], { shape: node.shape })], input.attributes);
  }
  return null;
}

function same(node: Node, input: Node): Node | null {
  return sameShape(node.shape, input.shape) ? input : null;
}

/** A constant of `node`'s type made with `full`'s own op. */
function fullLike(node: Node, full: Node, value: number = constantOf(full)!): Node {
  return makeNode(full.op, [], { shape: node.shape, value: Math.fround(value), dtype: node.dtype });
}

/** Arithmetic between constants, rounded to float32 as a kernel would. */
function fold(node: Node, compute: (...values: number[]) => number): Node | null {
  const values = node.inputs.map(constantOf);
  if (node.dtype !== "float32" || values.some((value) => value === null)) return null;
  return fullLike(node, node.inputs[0]!, compute(...(values as number[])));
}

function permutationOf(node: Node): readonly number[] {
  return (node.attributes as { permutation: readonly number[] }).permutation;
}

/** Whether a transpose moves nothing in memory: only axes of length 1 change places. */
function keepsOrder(permutation: readonly number[], shape: readonly number[]): boolean {
  const moved = permutation.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, index) => index === 0 || axis > moved[index - 1]!);
}

function swapsLastAxes(node: Node): boolean {
  if (node.op.name !== "transpose") return false;
  const permutation = permutationOf(node);
  const last = permutation.length - 1;
  return permutation.every((axis, index) => axis === (index === last ? last - 1 : index === last - 1 ? last : index));
}
