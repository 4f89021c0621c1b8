// The graph: immutable nodes that say what is to be computed. A node knows its shape when it is made; nothing runs here.
import type { DType } from "../shape/dtype.ts";
import { ShapeError } from "../shape/errors.ts";
import { type Shape, sameShape, type TensorType } from "../shape/shape.ts";
import type { Tensor } from "./tensor.ts";

/** Gradients of the loss for each input, given `g`, the gradient for `out`; null where an input has none (indices). */
export type Vjp = (g: Tensor, out: Tensor, ...inputs: Tensor[]) => (Tensor | null)[];

/** Said instead of a vjp by an op through which no gradient flows. */
export interface NoGradient {
  readonly none: string;
}

/** A graph-level primitive: how its type follows from its inputs, and its vector-Jacobian product. */
export interface Op<Name extends string = string, A = unknown> {
  readonly name: Name;
  /** @throws ShapeError, DTypeError or OptionError at the line that builds the node */
  infer(inputs: readonly TensorType[], attributes: A): TensorType;
  /** curried, so that the rule itself always reads `(g, out, ...inputs)` */
  readonly vjp: ((attributes: A) => Vjp) | NoGradient;
}

export interface Node {
  /** increases with creation: a node's inputs have smaller ids, so ids are a topological order */
  readonly id: number;
  readonly op: Op;
  readonly inputs: readonly Node[];
  readonly attributes: unknown;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** The most axes a tensor may have; kernels walk that many without allocating. */
const maximumRank = 16;

let nextId = 0;

export function makeNode<A>(op: Op<string, A>, inputs: readonly Node[], attributes: A): Node {
  const { shape, dtype } = op.infer(inputs, attributes);
  if (shape.length > maximumRank) {
    throw new ShapeError(`${op.name}: too many axes, got ${shape.length}, expected at most ${maximumRank}`, shape);
  }
  return { id: nextId++, op: op as Op, inputs, attributes, shape, dtype };
}

/** All nodes `roots` need, inputs before users (ids increase); what lies behind a node that `isEnd` is left out. */
export function reachable(roots: readonly Node[], isEnd: (node: Node) => boolean = () => false): Node[] {
  const seen = new Set<Node>(roots);
  for (const node of seen) {
    if (!isEnd(node)) for (const input of node.inputs) seen.add(input);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

export function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}
