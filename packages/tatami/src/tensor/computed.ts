// Values of nodes that have been computed. A computed node keeps its place in the graph, so gradients still flow through
// it; but what is compiled later reads its value instead of computing it again.

import { mapRequest, type Request, rootsOf, storageOf } from "../compile/index.ts";
import { makeNode, type Node, reachable } from "../graph/node.ts";
import type { Storage } from "../graph/storage.ts";
import { stored } from "../ops/leaf.ts";

/** node → the stored leaf that holds its value */
const values = new WeakMap<Node, Node>();

export function keepValue(node: Node, storage: Storage): void {
  values.set(node, stored(storage).node);
}

/** The storage that holds the node's value, or null while it has not been computed. */
export function computedStorage(node: Node): Storage | null {
  return storageOf(values.get(node) ?? node);
}

/** The request with every computed node replaced by its value. */
export function readComputed(request: Request): Request {
  const replaced = new Map<Node, Node>();
  for (const node of reachable(rootsOf(request), (input) => values.has(input))) {
    const value = values.get(node);
    const inputs = node.inputs.map((input) => replaced.get(input)!);
    const changed = value === undefined && inputs.some((input, index) => input !== node.inputs[index]);
    replaced.set(node, value ?? (changed ? makeNode(node.op, inputs, node.attributes) : node));
  }
  return mapRequest(request, (node) => replaced.get(node)!);
}
