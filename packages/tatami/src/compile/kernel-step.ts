// What a lowering rule is given and is: types only, shared by the rule tables.
import type { Node } from "../graph/node.ts";
import type { Absorbed } from "./absorb.ts";
import type { Lowering, VirtualBuffer } from "./lowering.ts";

/** What a rule is given: the op's node, what was absorbed into it, and where its inputs and results lie. */
export interface KernelStep {
  readonly node: Node;
  readonly absorbed: Absorbed | null;
  readonly inputs: readonly VirtualBuffer[];
  readonly out: VirtualBuffer;
  /** where another node of the step has to be written, or null where nobody reads it */
  readonly wanted: (node: Node | null | undefined) => VirtualBuffer | null;
  readonly label: string;
  readonly lowering: Lowering;
}

export type KernelRule = (step: KernelStep) => void;
