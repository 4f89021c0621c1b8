// ONNX files of a few nodes for the tests, in one line each, and for the fuzzer: x is float32 [N, 4], y the output.
import { ProtobufWriter } from "../formats/protobuf-writer.ts";

/** "graph" is one within, as branches have it */
export type AttributeText = number | string | readonly number[];

export type NodeText = readonly [
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  name?: string,
  attributes?: Readonly<Record<string, AttributeText>>,
  domain?: string,
];

export interface GraphOptions {
  readonly opset?: number;
  /** vectors of int64 by name */
  readonly constants?: Readonly<Record<string, readonly number[]>>;
  /** int64 by name */
  readonly scalars?: Readonly<Record<string, number>>;
  /** shapes of float32 weights by name, all .5 */
  readonly weights?: Readonly<Record<string, readonly number[]>>;
  /** of one sample; default [4] */
  readonly sample?: readonly number[];
  /** of x; default free */
  readonly batch?: number;
  /** whether ConstantOfShape gives integers; default false */
  readonly integers?: boolean;
}

export function graphOf(nodes: readonly NodeText[], options: GraphOptions = {}): Uint8Array {
  const { opset = 17, constants = {}, scalars = {}, weights = {}, batch, integers = false, sample = [4] } = options;
  const graph = new ProtobufWriter();
  for (const [op, inputs, outputs, name = "", attributes = {}, domain = ""] of nodes) {
    const node = new ProtobufWriter();
    for (const input of inputs) node.text(1, input);
    for (const output of outputs) node.text(2, output);
    node.text(3, name).text(4, op).text(7, domain);
    for (const [key, value] of Object.entries(attributes)) node.message(5, attributeOf(key, value));
    if (op === "ConstantOfShape" && integers) {
      node.message(
        5,
        new ProtobufWriter()
          .text(1, "value")
          .message(5, vector([1], ""))
          .int(20, 4),
      );
    }
    graph.message(1, node);
  }
  for (const [name, values] of Object.entries(constants)) graph.message(5, vector(values, name));
  for (const [name, value] of Object.entries(scalars)) {
    graph.message(
      5,
      new ProtobufWriter()
        .int(2, 7)
        .text(8, name)
        .bytes(9, integerBytes([value])),
    );
  }
  for (const [name, shape] of Object.entries(weights)) {
    const tensor = new ProtobufWriter().int(2, 1).text(8, name);
    for (const size of shape) tensor.int(1, size);
    const count = shape.reduce((product, size) => product * size, 1);
    graph.message(5, tensor.bytes(9, new Uint8Array(new Float32Array(count).fill(0.5).buffer)));
  }
  graph.message(11, declaredOf("x", [batch ?? "N", ...sample])).message(12, declaredOf("y", null));
  const set = new ProtobufWriter().int(2, opset);
  const learn = new ProtobufWriter().text(1, "ai.onnx.ml").int(2, 3);
  return new ProtobufWriter().int(1, 8).message(7, graph).message(8, set).message(8, learn).finish();
}

const integerBytes = (values: readonly number[]): Uint8Array =>
  new Uint8Array(BigInt64Array.from(values, BigInt).buffer);

const vector = (values: readonly number[], name: string): ProtobufWriter =>
  new ProtobufWriter().int(1, values.length).int(2, 7).text(8, name).bytes(9, integerBytes(values));

function attributeOf(name: string, value: AttributeText): ProtobufWriter {
  const attribute = new ProtobufWriter().text(1, name);
  if (value === "graph") return attribute.message(6, new ProtobufWriter()).int(20, 5);
  if (typeof value === "string") return attribute.text(4, value).int(20, 3);
  if (typeof value === "number") {
    return Number.isInteger(value) && value >= 0
      ? attribute.int(3, value).int(20, 2)
      : attribute.float(2, value).int(20, 1);
  }
  if (value.every((number) => Number.isSafeInteger(number) && number >= 0)) {
    for (const integer of value) attribute.int(8, integer);
    return attribute.int(20, 7);
  }
  return attribute.bytes(7, new Uint8Array(Float32Array.from(value).buffer)).int(20, 6);
}

function declaredOf(name: string, sizes: readonly (number | string)[] | null): ProtobufWriter {
  const tensor = new ProtobufWriter().int(1, 1);
  if (sizes !== null) {
    const shape = new ProtobufWriter();
    for (const size of sizes) {
      shape.message(
        1,
        typeof size === "number" ? new ProtobufWriter().int(1, size) : new ProtobufWriter().text(2, size),
      );
    }
    tensor.message(2, shape);
  }
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
}
