// A ModelProto, field by field: what the public listing (read-onnx.ts) and the network (load-onnx.ts) are made of.
import type { Fault } from "../formats/file-fault.ts";
import { Message } from "./message.ts";
import { NodeAttributes } from "./node-attributes.ts";
import { StoredTensor } from "./stored-tensor.ts";

export interface ParsedNode {
  readonly op: string;
  /** "" for ONNX itself */
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: NodeAttributes;
  /** in the file */
  readonly offset: number;
}

export interface ParsedValue {
  readonly name: string;
  /** TensorProto.DataType of a tensor; 0 where it is none, or not said */
  readonly type: number;
  /** sizes, or the name of one that is free ("?" where it has none); null where the file does not say */
  readonly shape: readonly (number | string)[] | null;
}

export interface ParsedModel {
  readonly irVersion: number;
  /** by domain; that of ONNX itself is "" */
  readonly opsets: ReadonlyMap<string, number>;
  readonly producer: string;
  readonly name: string;
  readonly nodes: readonly ParsedNode[];
  readonly inputs: readonly ParsedValue[];
  readonly outputs: readonly ParsedValue[];
  readonly tensors: readonly StoredTensor[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** ONNX's own operators go by two names. */
const domainOf = (name: string): string => (name === "ai.onnx" ? "" : name);

/** @throws DataError, by `fault`, where it is damaged or no ONNX file */
export function parseModel(bytes: Uint8Array, fault: Fault): ParsedModel {
  const model = new Message(bytes, 0, fault);
  const [graph, ...others] = model.messages(7);
  if (graph === undefined || others.length > 0) {
    throw fault("is no ONNX file", 0, `${others.length + (graph === undefined ? 0 : 1)} graphs`, "one");
  }
  return {
    irVersion: model.integer(1),
    opsets: new Map(model.messages(8).map((set) => [domainOf(set.text(1)), set.integer(2)])),
    producer: model.text(2),
    name: graph.text(2),
    nodes: graph.messages(1).map((node) => nodeOf(node)),
    inputs: graph.messages(11).map(declaredOf),
    outputs: graph.messages(12).map(declaredOf),
    tensors: graph.messages(5).map((tensor) => new StoredTensor(tensor)),
    metadata: Object.fromEntries(model.messages(14).map((entry) => [entry.text(1), entry.text(2)])),
  };
}

function nodeOf(node: Message): ParsedNode {
  return {
    op: node.text(4),
    domain: domainOf(node.text(7)),
    name: node.text(3),
    inputs: node.texts(1),
    outputs: node.texts(2),
    attributes: new NodeAttributes(node.messages(5), node.fault),
    offset: node.offset,
  };
}

function declaredOf(value: Message): ParsedValue {
  const tensors = value.messages(2).flatMap((type) => type.messages(1));
  const shapes = tensors.flatMap((tensor) => tensor.messages(2));
  const axes = shapes.flatMap((shape) => shape.messages(1));
  return {
    name: value.text(1),
    type: tensors.at(-1)?.integer(1) ?? 0,
    shape: shapes.length === 0 ? null : axes.map((axis) => axis.integers(1).at(-1) ?? (axis.text(2) || "?")),
  };
}
