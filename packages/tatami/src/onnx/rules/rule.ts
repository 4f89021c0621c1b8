// What an operator of ONNX becomes: the form of its rule. The rules are in the files beside this one, a family each.
import type { GraphNode, NodeCall, Value } from "../node-call.ts";

export interface Rule {
  /** @returns its outputs, or its only one; null for one that nothing can be made of */
  readonly run: (call: NodeCall) => Value | readonly (Value | null)[];
  /** how many outputs there are at most; default 1 */
  readonly outputs?: number;
  /** what of a node is not supported, seen before any shape is known; null where all is */
  readonly refuses?: (node: GraphNode) => string | null;
}

export type Rules = Readonly<Record<string, Rule>>;
