// Finds what a kernel can do on its way out: a bias and an activation after matmul and conv2d, a max pool behind conv2d, the
// mask of a relu after the gradient of a convolution, a constant factor after a sum, and a max pool's values beside its
// indices. Part of steps.ts's pass; rewrites nothing.
import type { Node } from "../graph/node.ts";
import { type ElementwiseName, elementwiseTable, isElementwise } from "../program/elementwise.ts";
import { constantOf, sourceOf } from "./request.ts";

export interface Absorbed {
  /** the nodes taken in, in the order they apply; the last one is the step's result, which the pool only reads */
  readonly nodes: readonly Node[];
  /** the vector added along the last axis: a dense buffer of that many values */
  readonly bias: Node | null;
  readonly activation: { readonly name: ElementwiseName; readonly parameter: number } | null;
  /** the result is 0 where this is not above 0 */
  readonly mask: Node | null;
  /** the factor after a reduction */
  readonly scale: number;
  /** the max pool of the result */
  readonly pool: MaxPool | null;
}

export interface MaxPool {
  readonly indices: Node;
  /** null where only the indices are asked for */
  readonly values: Node | null;
}

export interface AbsorbedNodes {
  readonly byRoot: ReadonlyMap<Node, Absorbed>;
  readonly members: ReadonlySet<Node>;
}

/** `nodes` in id order; `kept` are those whose own value is asked for, so that nothing may be applied over it. */
export function absorb(nodes: readonly Node[], kept: ReadonlySet<Node>): AbsorbedNodes {
  const users = new Map<Node, Node[]>();
  for (const node of nodes) {
    for (const input of new Set(node.inputs)) users.set(input, [...(users.get(input) ?? []), node]);
  }
  /** the one node that uses `node`, if nobody else needs its value */
  const onlyUser = (node: Node): Node | null => {
    const list = users.get(node) ?? [];
    return list.length === 1 && !kept.has(node) ? list[0]! : null;
  };

  const byRoot = new Map<Node, Absorbed>();
  for (const node of nodes) {
    const absorbed = absorbInto(node, onlyUser, users);
    if (absorbed !== null) byRoot.set(node, absorbed);
  }
  return { byRoot, members: new Set([...byRoot.values()].flatMap(membersOf)) };
}

/** All nodes that a kernel took in. */
export function membersOf({ nodes, pool }: Absorbed): readonly Node[] {
  return pool === null ? nodes : [...nodes, pool.indices, ...(pool.values === null ? [] : [pool.values])];
}

const nothing: Absorbed = { nodes: [], bias: null, activation: null, mask: null, scale: 1, pool: null };

function absorbInto(
  root: Node,
  onlyUser: (node: Node) => Node | null,
  users: ReadonlyMap<Node, readonly Node[]>,
): Absorbed | null {
  switch (root.op.name) {
    case "matmul":
      return epilogue(root, onlyUser);
    case "conv2dLast": {
      const taken = epilogue(root, onlyUser) ?? nothing;
      const pool = maxPoolOf(taken.nodes.at(-1) ?? root, users);
      return taken === nothing && pool === null ? null : { ...taken, pool };
    }
    case "sum": {
      const user = onlyUser(root);
      const factor = user?.op.name === "mul" ? (constantOf(user.inputs[0]!) ?? constantOf(user.inputs[1]!)) : null;
      return user === null || factor === null ? null : { ...nothing, nodes: [user], scale: factor };
    }
    case "maxPool2dIndices":
    case "maxPool2dIndicesLast": {
      const values = poolValues(root, users);
      return values === null ? null : { ...nothing, nodes: [values] };
    }
    case "conv2dLastInputGradient":
      return masked(root, onlyUser);
    default:
      return null;
  }
}

function epilogue(root: Node, onlyUser: (node: Node) => Node | null): Absorbed | null {
  const nodes: Node[] = [];
  let bias: Node | null = null;
  let user = onlyUser(root);
  if (user?.op.name === "add") {
    const other = user.inputs[0] === root ? user.inputs[1]! : user.inputs[0]!;
    bias = channelVector(other);
    if (bias !== null) {
      nodes.push(user);
      user = onlyUser(user);
    }
  }
  const activation = user === null ? null : activationOf(user);
  if (activation !== null) nodes.push(user!);
  return nodes.length === 0 ? null : { ...nothing, nodes, bias, activation };
}

/** root · (mask > 0), where the product may see the root reshaped */
function masked(root: Node, onlyUser: (node: Node) => Node | null): Absorbed | null {
  let result = root;
  let user = onlyUser(root);
  while (user?.op.name === "reshape") {
    result = user;
    user = onlyUser(user);
  }
  if (user?.op.name !== "mul" || user.inputs[0] === user.inputs[1]) return null;
  const comparison = user.inputs[0] === result ? user.inputs[1]! : user.inputs[0]!;
  if (comparison.op.name !== "greater" || constantOf(comparison.inputs[1]!) !== 0) return null;
  const nodes = onlyUser(comparison) === user ? [comparison, user] : [user];
  return { ...nothing, nodes, mask: comparison.inputs[0]! };
}

/** The vector that `node` repeats along every axis but the last, or null when it is something else. */
function channelVector(node: Node): Node | null {
  if (node.op.name !== "broadcastTo") return null;
  const vector = node.inputs[0]!;
  const channels = node.shape.at(-1)!;
  const alone = vector.shape.slice(0, -1).every((length) => length === 1);
  return alone && (vector.shape.at(-1) ?? 1) === channels ? vector : null;
}

function activationOf(node: Node): Absorbed["activation"] {
  const name = node.op.name;
  if (!isElementwise(name) || node.inputs.length !== 1 || elementwiseTable[name] > 2) return null;
  return { name, parameter: parametersOf(node)[0] ?? 0 };
}

/** The numbers an elementwise node carries besides its inputs: a slope, alpha, or the bounds of a clip. */
export function parametersOf(node: Node): readonly number[] {
  return (node.attributes as { parameters?: readonly number[] } | null)?.parameters ?? [];
}

/** A max pool of `node`; of several, one. */
function maxPoolOf(node: Node, users: ReadonlyMap<Node, readonly Node[]>): MaxPool | null {
  const indices = users.get(node)?.find((user) => user.op.name === "maxPool2dIndicesLast");
  return indices === undefined ? null : { indices, values: poolValues(indices, users) };
}

/** The takeAlong that picks the maxima out of the very planes the indices point into. */
function poolValues(indices: Node, users: ReadonlyMap<Node, readonly Node[]>): Node | null {
  const readers = [indices, ...(users.get(indices) ?? []).filter((user) => user.op.name === "reshape")];
  const values = readers
    .flatMap((reader) => users.get(reader) ?? [])
    .find(
      (user) =>
        (user.op.name === "takeAlong" || user.op.name === "takeAlongLast") &&
        sourceOf(user.inputs[0]!) === sourceOf(indices.inputs[0]!) &&
        sourceOf(user.inputs[1]!) === indices,
    );
  return values ?? null;
}
