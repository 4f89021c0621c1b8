// What of a file's graph is computed for one of its outputs: nodes in their order, each with its rule, and everything that
// is not supported named at once. Nothing is computed here.
import { type Fault, quoted } from "../formats/file-fault.ts";
import type { GraphNode } from "./node-call.ts";
import type { ParsedModel, ParsedNode, ParsedValue } from "./parsed-model.ts";
import { type Rule, rules } from "./rules/index.ts";
import { StoredTensor } from "./stored-tensor.ts";

export interface PlannedNode extends GraphNode {
  readonly rule: Rule;
}

export interface GraphPlan {
  readonly nodes: readonly PlannedNode[];
  /** the same as the file has them */
  readonly parsed: readonly ParsedNode[];
  /** those that the nodes need */
  readonly inputs: readonly ParsedValue[];
  /** by the names that nodes know them under: the file's, and those of Constant nodes */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** where values come from */
  readonly producers: ReadonlyMap<string, ParsedNode>;
}

const opsets = { lowest: 7, highest: 25 } as const;

/** So many nodes of one operator are named. */
const mostNamed = 8;

const fullName = ({ op, domain }: ParsedNode): string => (domain === "" ? op : `${domain}.${op}`);

/** @throws DataError, by `fault`, where two nodes make the same value */
export function producersOf({ nodes }: ParsedModel, fault: Fault): ReadonlyMap<string, ParsedNode> {
  const producers = new Map<string, ParsedNode>();
  for (const node of nodes) {
    for (const name of node.outputs) {
      if (name === "") continue;
      if (producers.has(name)) throw fault("makes a value twice", node.offset, quoted(name), "a name of its own");
      producers.set(name, node);
    }
  }
  return producers;
}

/**
 * @param outputs names of the values that are wanted
 * @throws DataError, by `fault`, for operators that are not supported, all of them named, and for a graph that is none
 */
export function planOf(model: ParsedModel, outputs: readonly string[], fault: Fault): GraphPlan {
  const producers = producersOf(model, fault);
  const parsed = neededNodes(model, outputs, producers);
  const tensors = constantsOf(model, parsed);
  const computed = parsed.filter((node) => !isConstant(node));
  const nodes = plannedNodes(model, computed, fault);
  const needed = new Set([...outputs, ...computed.flatMap(({ inputs }) => inputs)]);
  const inputs = model.inputs.filter(({ name }) => needed.has(name) && !tensors.has(name));
  expectOrder(computed, new Set(["", ...inputs.map(({ name }) => name), ...tensors.keys()]), outputs, fault);
  return { nodes, parsed: computed, inputs, tensors, producers };
}

const isConstant = (node: ParsedNode): boolean => node.op === "Constant" && node.domain === "";

function neededNodes(
  { nodes }: ParsedModel,
  outputs: readonly string[],
  producers: ReadonlyMap<string, ParsedNode>,
): ParsedNode[] {
  const needed = new Set<ParsedNode>();
  const waiting = [...outputs];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const node = producers.get(name);
    if (node === undefined || needed.has(node)) continue;
    needed.add(node);
    waiting.push(...node.inputs);
  }
  return nodes.filter((node) => needed.has(node));
}

function constantsOf({ tensors }: ParsedModel, nodes: readonly ParsedNode[]): Map<string, StoredTensor> {
  const found = new Map(tensors.filter(({ name }) => name !== "").map((tensor) => [tensor.name, tensor]));
  for (const node of nodes) {
    const [name] = node.outputs;
    if (!isConstant(node) || name === undefined) continue;
    const { attributes } = node;
    const tensor =
      attributes.tensor("value", name) ??
      listed(name, "int64", [], attributes.has("value_int") ? [attributes.int("value_int", 0)] : null) ??
      listed(name, "float32", [], attributes.has("value_float") ? [attributes.float("value_float", 0)] : null) ??
      listed(name, "int64", null, attributes.ints("value_ints")) ??
      listed(name, "float32", null, attributes.floats("value_floats"));
    if (tensor !== null) found.set(name, tensor);
  }
  return found;
}

/** @param shape null for that of the list */
function listed(
  name: string,
  kind: "int64" | "float32",
  shape: readonly number[] | null,
  values: readonly number[] | null,
): StoredTensor | null {
  return values === null ? null : StoredTensor.of(name, kind, shape ?? [values.length], values);
}

function plannedNodes(model: ParsedModel, nodes: readonly ParsedNode[], fault: Fault): PlannedNode[] {
  const used = new Set([...nodes.flatMap(({ inputs }) => inputs), ...model.outputs.map(({ name }) => name)]);
  const unsupported = new Map<string, string[]>();
  let first: number | null = null;
  const planned = nodes.flatMap((node): PlannedNode[] => {
    const { op, domain, name, inputs, outputs, attributes, offset } = node;
    const version = model.opsets.get(domain) ?? 0;
    const rule = rules.get(fullName(node));
    const label = `${op} ${quoted(name || (outputs.find((output) => output !== "") ?? ""))}`;
    const complain = (what: string, got: string, expected: string, cause?: unknown): Error =>
      fault(`has a node ${label} that ${what}`, offset, got, expected, cause);
    const graphNode = {
      op,
      name,
      label,
      version,
      attributes,
      inputs,
      outputs,
      fault: complain as PlannedNode["fault"],
    };
    const reason = rule === undefined ? "" : refusalOf(rule, graphNode, used);
    if (rule !== undefined && reason === null) return [{ ...graphNode, rule }];
    const what = `${fullName(node)} of operator set ${version}${reason ? ` with ${reason}` : ""}`;
    const places = unsupported.get(what);
    if (places === undefined) unsupported.set(what, [label.slice(op.length + 1)]);
    else places.push(label.slice(op.length + 1));
    first ??= offset;
    return [];
  });
  if (unsupported.size > 0) {
    const list = [...unsupported].map(([what, places]) => {
      const more = places.length > mostNamed ? ` and ${places.length - mostNamed} more` : "";
      return `${what} at ${places.slice(0, mostNamed).join(", ")}${more}`;
    });
    throw fault("has operators that are not supported", first ?? 0, list.join("; "), "those of docs/onnx.md");
  }
  expectOpset(model, nodes, fault);
  return planned;
}

/** What of the node is not supported; null where all is. */
function refusalOf(rule: Rule, node: GraphNode, used: ReadonlySet<string>): string | null {
  if (node.attributes.hasGraphs) return "a graph within";
  const beyond = node.outputs.findIndex((name, index) => index >= (rule.outputs ?? 1) && used.has(name));
  return beyond < 0 ? (rule.refuses?.(node) ?? null) : `output ${beyond}`;
}

function expectOpset({ opsets: found }: ParsedModel, nodes: readonly ParsedNode[], fault: Fault): void {
  if (nodes.every(({ domain }) => domain !== "")) return;
  const opset = found.get("") ?? 0;
  if (opset >= opsets.lowest && opset <= opsets.highest) return;
  throw fault("is of another operator set", 0, String(opset), `${opsets.lowest} to ${opsets.highest}`);
}

/** Each value is made before it is used. */
function expectOrder(nodes: readonly ParsedNode[], known: Set<string>, outputs: readonly string[], fault: Fault): void {
  for (const { inputs, outputs: made, offset } of nodes) {
    const unknown = inputs.find((name) => !known.has(name));
    if (unknown !== undefined) {
      throw fault(
        "uses a value before it is made",
        offset,
        quoted(unknown),
        "an input, a constant or an earlier output",
      );
    }
    for (const name of made) known.add(name);
  }
  const missing = outputs.find((name) => !known.has(name));
  if (missing !== undefined) throw fault("does not make an output", 0, quoted(missing), "a node that makes it");
}
