// What a compilation is asked for, and the little that the passes over the graph share.
import { makeNode, type Node, type Op } from "../graph/node.ts";
import type { Storage } from "../graph/storage.ts";

/** fast: convolutions may regroup products (Winograd), a few times the rounding error of "exact", which never does */
export type Precision = "fast" | "exact";

/** What a Program has to compute. */
export interface Request {
  /** values to be read after a run */
  readonly outputs: readonly Node[];
  /** values that storages take when a run ends, as if all were written at once */
  readonly updates: readonly Update[];
  /** values that must be finite: the program stops before any update when one is not */
  readonly guards: readonly Node[];
}

export interface Update {
  readonly storage: Storage;
  readonly value: Node;
}

/** A copy of a value: taken where the storage it lies in will be overwritten before the value is used. */
export const snapshotOp: Op<"snapshot", null> = {
  name: "snapshot",
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  vjp: { none: "exists only after differentiation" },
};

/**
 * Makes the end of a run well defined: outputs and updates that are old values of updated storages become snapshots, and
 * a storage that keeps its value is no update.
 */
export function settle(request: Request): Request {
  const updates = request.updates.filter(({ storage, value }) => storageOf(sourceOf(value)) !== storage);
  const updated = new Set(updates.map(({ storage }) => storage));
  const safe = (node: Node): Node => {
    const storage = storageOf(sourceOf(node));
    return storage !== null && updated.has(storage) ? makeNode(snapshotOp, [node], null) : node;
  };
  return {
    outputs: request.outputs.map(safe),
    updates: updates.map(({ storage, value }) => ({ storage, value: safe(value) })),
    guards: request.guards,
  };
}

/** The nodes a request names, in a fixed order. */
export function rootsOf(request: Request): Node[] {
  return [...request.outputs, ...request.updates.map((update) => update.value), ...request.guards];
}

export function mapRequest(request: Request, map: (node: Node) => Node): Request {
  return {
    outputs: request.outputs.map(map),
    updates: request.updates.map(({ storage, value }) => ({ storage, value: map(value) })),
    guards: request.guards.map(map),
  };
}

/** The storage behind a "stored" leaf, or null for any other node. */
export function storageOf(node: Node): Storage | null {
  return node.op.name === "stored" ? (node.attributes as { storage: Storage }).storage : null;
}

/** The number a "full" leaf holds, or null for any other node. */
export function constantOf(node: Node): number | null {
  return node.op.name === "full" ? (node.attributes as { value: number }).value : null;
}

/** The node whose buffer this one shares: a reshape is only another way to read the same words. */
export function sourceOf(node: Node): Node {
  let source = node;
  while (source.op.name === "reshape") source = source.inputs[0]!;
  return source;
}
