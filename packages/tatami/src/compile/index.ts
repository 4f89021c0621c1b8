// The compiler: graph → Program, in passes that each stand in a file of their own.
//   simplify.ts  → a smaller graph       layout.ts → channels last where it is fast       steps.ts (absorb.ts) → what becomes one call     schedule.ts → their order
//   lower.ts (kernel-rules.ts, fused.ts) → calls over virtual buffers                     memory.ts → places in one arena
import { reachable } from "../graph/node.ts";
import type { Storage } from "../graph/storage.ts";
import type { Program } from "../program/program.ts";
import { planLayout } from "./layout.ts";
import { lower } from "./lower.ts";
import { placeBuffers } from "./memory.ts";
import { type Precision, type Request, rootsOf, settle, storageOf } from "./request.ts";
import { schedule } from "./schedule.ts";
import { makeSegments } from "./segments.ts";
import { simplify, structuralKey } from "./simplify.ts";
import { makeSteps } from "./steps.ts";

export { explain, formatBytes } from "./explain.ts";
export { mapRequest, type Precision, type Request, rootsOf, storageOf, type Update } from "./request.ts";

export interface CompiledGraph {
  readonly program: Program;
  /** what the program's external buffers hold, in its order */
  readonly storages: readonly Storage[];
  /** indices of the external buffers that a run changes */
  readonly updated: readonly number[];
}

/**
 * @param precision "exact" keeps convolutions from regrouping their products; default "fast"
 */
export function compileGraph(request: Request, precision: Precision = "fast"): CompiledGraph {
  const simple = simplify(planLayout(simplify(settle(request))));
  const lowering = lower(schedule(makeSteps(simple)), simple.guards, precision);
  const outputs = simple.outputs.map((node) => lowering.buffer(node));
  const { segments, arenaBytes, outputs: places } = placeBuffers(makeSegments(lowering.calls), outputs);
  const { storages } = lowering;
  return {
    program: {
      segments,
      arenaBytes,
      externalBytes: storages.map((storage) => lowering.external(storage).bytes),
      outputs: places,
    },
    storages,
    updated: simple.updates.map(({ storage }) => storages.indexOf(storage)),
  };
}

/** A text that is equal for graphs which differ only in the storages they read, and those storages in order. */
export function structureOf(request: Request): { key: string; storages: Storage[] } {
  const nodes = reachable(rootsOf(request));
  const storages = [
    ...new Set([
      ...nodes.map(storageOf).filter((storage) => storage !== null),
      ...request.updates.map(({ storage }) => storage),
    ]),
  ];
  const position = new Map(nodes.map((node, index) => [node, index]));
  const lines = nodes.map((node) => structuralKey(node, (input) => position.get(input)!, storages));
  const roots = rootsOf(request).map((node) => position.get(node));
  const targets = request.updates.map(({ storage }) => storages.indexOf(storage));
  return { key: `${lines.join("\n")}\n→ ${roots} ⇒ ${targets} (${request.outputs.length})`, storages };
}
