// Second pass: cuts the graph into steps, each of which becomes one kernel call (or a few). Elementwise nodes of one
// shape are gathered into fused steps; a bias and an activation join the matmul or conv2d before them. Steps know what
// must run before them; their order is schedule.ts's business.
import type { Node } from "../graph/node.ts";
import { reachable } from "../graph/node.ts";
import type { Storage } from "../graph/storage.ts";
import { isElementwise, maximumRegisters } from "../program/elementwise.ts";
import { sameShape } from "../shape/shape.ts";
import { type Absorbed, absorb, membersOf, parametersOf } from "./absorb.ts";
import { registerProgram } from "./fused.ts";
import { type Request, rootsOf, sourceOf, storageOf, type Update } from "./request.ts";

export interface Step {
  /** fused: elementwise nodes; kernel: one op and what it absorbed; write: a storage takes a value; guard: checks one */
  readonly kind: "fused" | "kernel" | "write" | "guard";
  /** the nodes whose values the step computes, inputs first; for write and guard, the value it reads */
  readonly nodes: Node[];
  /** the nodes among them that others read */
  results: Node[];
  /** what a kernel step took in, null where nothing */
  readonly absorbed: Absorbed | null;
  /** the storages that take values of this step when it runs, by the node that computes the value */
  readonly updates: Update[];
  readonly dependencies: Set<Step>;
}

/** Nodes that are no work: leaves and other ways to read a buffer. Kernels that cannot read them so get a copy. */
const views = new Set(["stored", "full", "reshape", "broadcastTo"]);

/** The node whose computation `node` waits for, seen through views. */
export function producerOf(node: Node): Node {
  let producer = node;
  while (producer.op.name === "reshape" || producer.op.name === "broadcastTo") producer = producer.inputs[0]!;
  return producer;
}

export function makeSteps(request: Request): Step[] {
  const nodes = reachable(rootsOf(request));
  const stepOf = new Map<Node, Step>();
  const kept = new Set(rootsOf(request).map(producerOf));
  const absorbed = absorb(nodes, kept);
  const users = usersOf(nodes);
  const resultsOf = (members: readonly Node[]): Node[] =>
    members.filter((node) => kept.has(node) || users.get(node)!.some((user) => !members.includes(user)));

  for (const node of nodes) {
    if (views.has(node.op.name) || stepOf.has(node) || absorbed.members.has(node)) continue;
    const taken = absorbed.byRoot.get(node) ?? null;
    const step = newStep(
      isElementwise(node.op.name) ? "fused" : "kernel",
      [node, ...(taken === null ? [] : membersOf(taken))],
      taken,
    );
    for (const member of step.nodes) stepOf.set(member, step);
  }
  const steps = new Set(stepOf.values());
  for (const step of steps) {
    for (const node of step.nodes) for (const input of node.inputs) depend(step, stepOf.get(producerOf(input)));
  }

  for (const guard of request.guards) {
    const step = newStep("guard", [guard], null);
    depend(step, stepOf.get(producerOf(guard)));
    steps.add(step);
  }
  addUpdates(request, steps, stepOf);
  mergeElementwise(steps, stepOf, resultsOf);
  for (const step of steps) step.results = resultsOf(step.nodes);
  return [...steps];
}

function newStep(kind: Step["kind"], nodes: Node[], absorbed: Absorbed | null): Step {
  return { kind, nodes, results: [], absorbed, updates: [], dependencies: new Set() };
}

/** The nodes that read each node's value, directly or through views. */
function usersOf(nodes: readonly Node[]): ReadonlyMap<Node, Node[]> {
  const users = new Map<Node, Node[]>(nodes.map((node) => [node, []]));
  for (const node of nodes) {
    if (node.op.name === "reshape" || node.op.name === "broadcastTo") continue;
    for (const input of node.inputs) users.get(producerOf(input))!.push(node);
  }
  return users;
}

function depend(step: Step, on: Step | undefined): void {
  if (on !== undefined && on !== step) step.dependencies.add(on);
}

/**
 * Updates happen after every guard and after everything that reads the old value. A value computed by a step is written
 * by that step where this order allows it, else by a write step. Leaf values come first, for they read storages too.
 */
function addUpdates(request: Request, steps: Set<Step>, stepOf: ReadonlyMap<Node, Step>): void {
  const guards = [...steps].filter((step) => step.kind === "guard");
  const producerStep = (update: Update): Step | undefined => stepOf.get(sourceOf(update.value));
  const leavesFirst = [
    ...request.updates.filter((update) => producerStep(update) === undefined),
    ...request.updates.filter((update) => producerStep(update) !== undefined),
  ];
  const readers = readersOf(steps);
  for (const update of leavesFirst) {
    const producer = producerStep(update);
    const earlier = new Set<Step>([...guards, ...(readers.get(update.storage) ?? [])]);
    const direct = producer !== undefined && !isWritten(producer, update) && !dependsOnAny(earlier, producer);
    const writer = direct ? producer : newStep("write", [update.value], null);
    if (!direct) {
      depend(writer, stepOf.get(producerOf(update.value)));
      addReader(readers, writer);
    }
    for (const step of earlier) depend(writer, step);
    writer.updates.push(update);
    steps.add(writer);
  }
}

function isWritten(step: Step, update: Update): boolean {
  return step.updates.some(({ value }) => sourceOf(value) === sourceOf(update.value));
}

/** The steps that read each storage. */
function readersOf(steps: Iterable<Step>): Map<Storage, Set<Step>> {
  const readers = new Map<Storage, Set<Step>>();
  for (const step of steps) addReader(readers, step);
  return readers;
}

function addReader(readers: Map<Storage, Set<Step>>, step: Step): void {
  for (const input of inputsOf(step)) {
    const storage = storageOf(producerOf(input));
    if (storage !== null) readers.set(storage, (readers.get(storage) ?? new Set()).add(step));
  }
}

/** What a step reads from outside. */
export function inputsOf(step: Step): Node[] {
  if (step.kind === "write" || step.kind === "guard") return step.nodes;
  return step.nodes.flatMap((node) => node.inputs).filter((input) => !step.nodes.includes(input));
}

/** Whether one of `steps` has to run after `target`. */
function dependsOnAny(steps: Iterable<Step>, target: Step): boolean {
  const seen = new Set<Step>();
  for (const step of steps) if (step !== target) seen.add(step);
  for (const step of seen) {
    for (const dependency of step.dependencies) {
      if (dependency === target) return true;
      seen.add(dependency);
    }
  }
  return false;
}

/** Joins each elementwise node with the elementwise inputs of its shape, unless a step between them forbids it. */
function mergeElementwise(
  steps: Set<Step>,
  stepOf: Map<Node, Step>,
  resultsOf: (members: readonly Node[]) => Node[],
): void {
  const dependents = dependentsOf(steps);
  const elementwise = [...stepOf.keys()].filter((node) => stepOf.get(node)!.kind === "fused");
  for (const node of elementwise.sort((a, b) => a.id - b.id)) {
    for (const input of node.inputs) {
      const into = stepOf.get(node)!;
      const from = stepOf.get(input);
      if (from === undefined || from === into || from.kind !== "fused" || !sameShape(input.shape, node.shape)) continue;
      const nodes = [...from.nodes, ...into.nodes].sort((a, b) => a.id - b.id);
      if (!fitsRegisters(nodes, resultsOf) || readsItself(nodes)) continue;
      const between = new Set(into.dependencies);
      between.delete(from);
      if (dependsOnAny(between, from)) continue;

      into.nodes.splice(0, into.nodes.length, ...nodes);
      into.updates.push(...from.updates);
      for (const dependency of from.dependencies) {
        depend(into, dependency);
        dependents.get(dependency)!.add(into).delete(from);
      }
      for (const step of dependents.get(from)!) {
        step.dependencies.delete(from);
        depend(step, into);
        if (step !== into) dependents.get(into)!.add(step);
      }
      for (const member of from.nodes) stepOf.set(member, into);
      steps.delete(from);
    }
  }
}

function dependentsOf(steps: ReadonlySet<Step>): ReadonlyMap<Step, Set<Step>> {
  const dependents = new Map([...steps].map((step) => [step, new Set<Step>()]));
  for (const step of steps) for (const dependency of step.dependencies) dependents.get(dependency)!.add(step);
  return dependents;
}

function fitsRegisters(nodes: readonly Node[], resultsOf: (members: readonly Node[]) => Node[]): boolean {
  const most = nodes.reduce((count, node) => count + 1 + node.inputs.length + parametersOf(node).length, 0);
  return most <= maximumRegisters || registerProgram(nodes, resultsOf(nodes)).registers <= maximumRegisters;
}

/** Whether a member is read through a view, which a register cannot show. */
function readsItself(nodes: readonly Node[]): boolean {
  const members = new Set(nodes);
  return nodes.some((node) => node.inputs.some((input) => !members.has(input) && members.has(producerOf(input))));
}
